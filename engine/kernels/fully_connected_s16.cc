#include <algorithm>

#include "engine/kernels/fully_connected.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

template <typename Sum>
bool FullyConnectedS16(const FullyConnectedS16Params& p, const int16_t* input, const int8_t* filter,
                       Unaligned<Sum> bias, ChannelScales scales, int16_t* output,
                       const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    const int8_t* w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w += p.depth) {
      Sum sum = bias ? bias[c] : Sum{0};
      for (int32_t d = 0; d < p.depth; d += scalar::kDotPiece) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(scalar::kDotPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        const int64_t dot = scalar::OffsetDot(input + d, p.input_zero, w + d, p.filter_zero, count);
        sum = scalar::Accumulate(sum, dot);
      }
      *output++ = scalar::FinishS16(sum, scales[c], p.output);
    }
  }
  return true;
}

template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int32_t>, ChannelScales, int16_t*, const StopToken&);
template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
