#include <algorithm>

#include "engine/kernels/channel_finish.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

template <typename Sum>
bool FullyConnectedS16(const FullyConnectedS16Params& p, const int16_t* input, const int8_t* filter,
                       Unaligned<Sum> bias, ChannelScales scales, int16_t* output,
                       const StopToken& stop) {
  const std::ptrdiff_t depth = p.depth;
  WorkMeter meter(stop);
  for (int32_t c = 0; c < p.outputs; c += kWideChannels) {
    const int32_t count = std::min(kWideChannels, p.outputs - c);
    const ChannelFinish<Sum> finish(bias, scales, c, count, p.output);
    for (int32_t n = 0; n < p.batches; ++n) {
      int64_t sums[kWideChannels] = {};
      const DotRows<int16_t> dots = {
          input + n * depth, p.input_zero, filter + c * depth, p.filter_zero, depth, depth, count};
      if (!AddDots(dots, meter, sums)) return false;
      finish(sums, output + std::ptrdiff_t{n} * p.outputs + c);
    }
  }
  return true;
}

template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int32_t>, ChannelScales, int16_t*, const StopToken&);
template bool FullyConnectedS16(const FullyConnectedS16Params&, const int16_t*, const int8_t*,
                                Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
