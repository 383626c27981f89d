#include <algorithm>

#include "engine/kernels/fully_connected.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

template <typename Sum>
bool FullyConnectedS16(const FullyConnectedS16Params& p, const int16_t* input, const int8_t* filter,
                       Unaligned<Sum> bias, ChannelScales scales, int16_t* output,
                       const StopToken& stop) {
  // Outputs whose sums are computed together.
  constexpr int32_t kTogether = 16;
  const std::ptrdiff_t depth = p.depth;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += depth) {
    for (int32_t c = 0; c < p.outputs; c += kTogether) {
      const int32_t count = std::min(kTogether, p.outputs - c);
      int64_t sums[kTogether] = {};
      const DotRows<int16_t> dots = {input, p.input_zero, filter + c * depth, p.filter_zero, depth,
                                     depth, count};
      if (!AddDots(dots, meter, sums)) return false;
      for (int32_t i = 0; i < count; ++i) {
        const Sum sum = scalar::Accumulate(bias ? bias[c + i] : Sum{0}, sums[i]);
        *output++ = scalar::FinishS16(sum, scales[c + i], p.output);
      }
    }
  }
  return true;
}

template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int32_t>, ChannelScales, int16_t*, const StopToken&);
template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
