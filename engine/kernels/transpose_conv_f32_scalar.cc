// The specification of TransposeConvF32 (scalar.h).
#include "engine/kernels/scalar.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

// The sum of one output at (oy, ox); `filter` is its channel's.
inline float GatherF32(const TransposeConvF32Params& p, const float* image, int32_t oy, int32_t ox,
                       Unaligned<float> filter) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const TransposeSources sy(y, oy), sx(x, ox);
  const std::ptrdiff_t depth = p.in_channels;
  float sum = 0;
  for (int32_t iy = sy.first; iy < sy.last; ++iy) {
    for (int32_t ix = sx.first; ix < sx.last; ++ix) {
      const float* in = image + (std::ptrdiff_t{iy} * x.output + ix) * depth;
      const int32_t ky = oy + y.pad - iy * y.stride;
      const int32_t kx = ox + x.pad - ix * x.stride;
      const Unaligned<float> w = filter + (std::ptrdiff_t{ky} * x.kernel + kx) * depth;
      for (std::ptrdiff_t i = 0; i < depth; ++i) sum = Fma(in[i], w[i], sum);
    }
  }
  return sum;
}

}  // namespace

bool TransposeConvF32(const TransposeConvF32Params& p, const float* input, Unaligned<float> filter,
                      Unaligned<float> bias, float* output, const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * p.in_channels;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.output} * x.output * p.in_channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox) {
        for (int32_t c = 0; c < p.out_channels; ++c) {
          if (!meter.Spend(filter_size)) return false;
          const float sum = GatherF32(p, input, oy, ox, filter + c * filter_size);
          *output++ = Clamp(bias ? sum + bias[c] : sum, p.range);
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet::MOONLET_SCALAR
