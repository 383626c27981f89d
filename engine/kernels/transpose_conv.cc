#include "engine/kernels/transpose_conv.h"

#include <algorithm>

#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/transpose_conv_gather.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// What defines the result.
bool AddDotsScalar(const DotRows<int8_t>& dots, WorkMeter& meter, int32_t* sums) {
  if (!meter.Spend(dots.count * dots.rows)) return false;
  scalar::kIntegerLoops.add_dots_s8(dots, sums);
  return true;
}

}  // namespace

bool scalar::TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input,
                             const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                             int8_t* output, const StopToken& stop) {
  return GatherProducts<int32_t>(
      p, input, filter, output, stop, AddDotsScalar, [&](int32_t sum, int32_t c) {
        return FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
      });
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
  const auto add = [](const DotRows<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
    return AddDots(dots, meter, sums);
  };
  return GatherProducts<int64_t>(p, input, filter, output, stop, add, [&](int64_t sum, int32_t c) {
    return scalar::FinishS16(bias ? WrapAdd64(sum, bias[c]) : sum, scales[c], p.output);
  });
}

template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);
template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int16_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
