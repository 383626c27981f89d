#include "engine/kernels/transpose_conv.h"

#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Calls finish(sum, channel) for each output, with the sum of the products that reach it.
template <typename Sum, typename Params, typename T, typename Finish>
bool Gather(const Params& p, const T* input, const int8_t* filter, T* output, const StopToken& stop,
            Finish finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += y.output * x.output * depth) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox) {
        const TransposeSources sy(y, oy), sx(x, ox);
        for (int32_t c = 0; c < p.out_channels; ++c) {
          if (!meter.Spend(filter_size)) return false;
          Sum sum = 0;
          for (int32_t iy = sy.first; iy < sy.last; ++iy) {
            for (int32_t ix = sx.first; ix < sx.last; ++ix) {
              const std::ptrdiff_t pixel = std::ptrdiff_t{iy} * x.output + ix;
              const int32_t ky = oy + y.pad - iy * y.stride;
              const int32_t kx = ox + x.pad - ix * x.stride;
              const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x.kernel + kx;
              const int64_t products =
                  scalar::OffsetDot(input + pixel * depth, p.input_zero,
                                    filter + c * filter_size + tap * depth, 0, depth);
              sum = scalar::Accumulate(sum, products);
            }
          }
          *output++ = finish(sum, c);
        }
      }
    }
  }
  return true;
}

}  // namespace

bool TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input, const int8_t* filter,
                     Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                     const StopToken& stop) {
  return Gather<int32_t>(p, input, filter, output, stop, [&](int32_t sum, int32_t c) {
    return scalar::FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
  });
}

template <typename Bias>
bool TransposeConvS16(const TransposeConvS16Params& p, const int16_t* input, const int8_t* filter,
                      Unaligned<Bias> bias, ChannelScales scales, int16_t* output,
                      const StopToken& stop) {
  return Gather<int64_t>(p, input, filter, output, stop, [&](int64_t sum, int32_t c) {
    return scalar::FinishS16(bias ? WrapAdd64(sum, bias[c]) : sum, scales[c], p.output);
  });
}

template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);
template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int16_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
