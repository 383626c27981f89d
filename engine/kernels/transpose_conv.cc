#include "engine/kernels/transpose_conv.h"

#include <algorithm>

#include "engine/kernels/channel_finish.h"
#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/transpose_conv_gather.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
bool scalar::TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input,
                             const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                             int8_t* output, const StopToken& stop) {
  const auto add = [&p](const DotLines<int8_t>& dots, WorkMeter& meter, int32_t* sums) {
    for (int32_t i = 0; i < dots.lines; ++i) {
      if (!meter.Spend(dots.count * dots.rows)) return false;
      kIntegerLoops.add_dots_s8(
          {dots.x + i * dots.x_line, p.input_zero, dots.weights + i * dots.weights_line, 0,
           dots.row, dots.count, dots.rows},
          sums);
    }
    return true;
  };
  const auto make_finish = [&](int32_t c, int32_t count) {
    return [&, c, count](const int32_t* sums, int8_t* out) {
      for (int32_t i = 0; i < count; ++i) {
        const int32_t sum = bias ? WrapAdd(sums[i], bias[c + i]) : sums[i];
        out[i] = FinishS8(sum, scales[c + i], p.output);
      }
    };
  };
  return GatherProducts<int32_t>(p, input, filter, output, stop, add, make_finish);
}

namespace scalar {
namespace {

int32_t TransposeConvChannels(const TransposeConvS8Params& p) { return p.out_channels; }

}  // namespace

const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 =
    kScalarFilter<TransposeConvS8Params, TransposeConvChannels, TransposeConvS8>;

}  // namespace scalar

template <typename Bias>
bool TransposeConvS16(const TransposeConvS16Params& p, const int16_t* input, const int8_t* filter,
                      Unaligned<Bias> bias, ChannelScales scales, int16_t* output,
                      const StopToken& stop) {
  const auto add = [](const DotLines<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
    return AddDots(dots, meter, sums);
  };
  const auto make_finish = [&](int32_t c, int32_t count) {
    return ChannelFinish<int64_t>(bias, scales, c, count, p.output);
  };
  return GatherProducts<int64_t>(p, input, filter, output, stop, add, make_finish);
}

template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);
template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int16_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
