// The specification of ConvF32 (scalar.h).
#include "engine/kernels/conv.h"
#include "engine/kernels/scalar.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

// Output channels whose chains run side by side: one chain alone would wait for each
// fma to end.
constexpr int32_t kBlock = 8;

struct Patch {
  const float* image;
  Axis::Taps y;
  Axis::Taps x;
};

// `kChannels` sums at one pixel; their filters lie `filter_size` apart.
template <int32_t kChannels>
inline void PatchDots(const ConvF32Params& p, const Patch& patch, Unaligned<float> filter,
                      std::ptrdiff_t filter_size, float* sums) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t depth = p.in_channels / p.groups;
  for (int32_t j = 0; j < kChannels; ++j) sums[j] = 0;
  for (int32_t ky = patch.y.first; ky < patch.y.last; ++ky) {
    const float* row =
        patch.image + std::ptrdiff_t{patch.y.origin + ky * y.dilation} * x.input * p.in_channels;
    for (int32_t kx = patch.x.first; kx < patch.x.last; ++kx) {
      const float* in = row + std::ptrdiff_t{patch.x.origin + kx * x.dilation} * p.in_channels;
      const Unaligned<float> w = filter + (std::ptrdiff_t{ky} * x.kernel + kx) * depth;
      for (int32_t i = 0; i < depth; ++i)
        for (int32_t j = 0; j < kChannels; ++j)
          sums[j] = Fma(in[i], w[j * filter_size + i], sums[j]);
    }
  }
}

}  // namespace

bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
             Unaligned<float> bias, float* output, const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t group_inputs = p.in_channels / p.groups;
  const int32_t group_outputs = p.out_channels / p.groups;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * group_inputs;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      for (int32_t ox = 0; ox < x.output; ++ox) {
        Patch patch = {input, y.TapsAt(oy), x.TapsAt(ox)};
        int32_t c = 0;
        for (int32_t group = 0; group < p.groups; ++group, patch.image += group_inputs) {
          const int32_t end = c + group_outputs;
          while (c < end) {
            const int32_t count = end - c >= kBlock ? kBlock : 1;
            if (!meter.Spend(count * filter_size)) return false;
            float sums[kBlock];
            if (count == kBlock)
              PatchDots<kBlock>(p, patch, filter + c * filter_size, filter_size, sums);
            else
              PatchDots<1>(p, patch, filter + c * filter_size, filter_size, sums);
            for (int32_t j = 0; j < count; ++j, ++c)
              *output++ = Clamp(bias ? sums[j] + bias[c] : sums[j], p.range);
          }
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet::MOONLET_SCALAR
