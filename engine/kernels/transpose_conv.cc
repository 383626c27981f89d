#include "engine/kernels/transpose_conv.h"

#include <algorithm>

#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Output channels whose sums are computed together.
constexpr int32_t kGatheredTogether = 16;

// Calls finish(sum, channel) for each output, with the sum of the products that reach it, which
// add(lines of inputs and filters, meter, sums) adds for some channels; false: stop now.
template <typename Sum, typename Params, typename T, typename Add, typename Finish>
bool Gather(const Params& p, const T* input, const int8_t* filter, T* output, const StopToken& stop,
            Add add, Finish finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += y.output * x.output * depth) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox) {
        const TransposeSources sy(y, oy), sx(x, ox);
        for (int32_t c = 0; c < p.out_channels; c += kGatheredTogether) {
          const int32_t count = std::min(kGatheredTogether, p.out_channels - c);
          if (!meter.Spend(count)) return false;
          Sum sums[kGatheredTogether] = {};
          for (int32_t iy = sy.first; iy < sy.last && sx.first < sx.last; ++iy) {
            // Taps of a row meet inputs from right to left.
            const int32_t ky = oy + y.pad - iy * y.stride;
            const int32_t kx = ox + x.pad - sx.first * x.stride;
            const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x.kernel + kx;
            const T* in = input + (std::ptrdiff_t{iy} * x.output + sx.first) * depth;
            const int8_t* rows = filter + c * filter_size + tap * depth;
            const DotLines<T> dots = {
                in, depth, rows, -x.stride * depth, filter_size, depth, sx.last - sx.first, count};
            if (!add(dots, meter, sums)) return false;
          }
          for (int32_t i = 0; i < count; ++i) *output++ = finish(sums[i], c + i);
        }
      }
    }
  }
  return true;
}

}  // namespace

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
  return Gather<int32_t>(p, input, filter, output, stop, add, [&](int32_t sum, int32_t c) {
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
  const auto add = [](const DotLines<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
    return AddDots(dots, meter, sums);
  };
  return Gather<int64_t>(p, input, filter, output, stop, add, [&](int64_t sum, int32_t c) {
    return scalar::FinishS16(bias ? WrapAdd64(sum, bias[c]) : sum, scales[c], p.output);
  });
}

template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);
template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int16_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
