#include "engine/kernels/fully_connected.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

bool scalar::FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input,
                              const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                              int8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    const int8_t* w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w += p.depth) {
      int32_t sum = bias ? bias[c] : 0;
      for (int32_t d = 0; d < p.depth; d += kDotPiece) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(kDotPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        sum = WrapAdd(sum, OffsetDot(input + d, p.input_zero, w + d, p.filter_zero, count));
      }
      *output++ = FinishS8(sum, scales[c], p.output);
    }
  }
  return true;
}

// The one place that says which variant runs.
bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input, const int8_t* filter,
                      Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                      const StopToken& stop) {
  return scalar::FullyConnectedS8(p, input, filter, bias, scales, output, stop);
}

}  // namespace moonlet
