// The specification of DepthwiseF32 (scalar.h).
#include "engine/kernels/depthwise.h"
#include "engine/kernels/scalar.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

// Output channels whose chains run side by side.
constexpr int32_t kBlock = 16;

struct Patch {
  const float* image;
  Axis::Taps y;
  Axis::Taps x;
};

// `count` output channels from `c` on at one pixel. `kSingle`: one filter per input
// channel, so that channel j of the image meets channel j of the filter.
template <bool kSingle>
inline void SumBlock(const DepthwiseF32Params& p, const Patch& patch, Unaligned<float> filter,
                     int32_t c, int32_t count, float* sums) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t outputs = std::ptrdiff_t{p.channels} * p.multiplier;
  for (int32_t j = 0; j < kBlock; ++j) sums[j] = 0;
  for (int32_t ky = patch.y.first; ky < patch.y.last; ++ky) {
    const std::ptrdiff_t row = std::ptrdiff_t{patch.y.origin + ky * y.dilation} * x.input;
    for (int32_t kx = patch.x.first; kx < patch.x.last; ++kx) {
      const float* in = patch.image + (row + patch.x.origin + kx * x.dilation) * p.channels;
      const Unaligned<float> w = filter + ((std::ptrdiff_t{ky} * x.kernel + kx) * outputs + c);
      if (kSingle && count == kBlock) {
        for (int32_t j = 0; j < kBlock; ++j) sums[j] = Fma(in[c + j], w[j], sums[j]);
      } else if (kSingle) {
        for (int32_t j = 0; j < count; ++j) sums[j] = Fma(in[c + j], w[j], sums[j]);
      } else {
        for (int32_t j = 0; j < count; ++j)
          sums[j] = Fma(in[(c + j) / p.multiplier], w[j], sums[j]);
      }
    }
  }
}

}  // namespace

bool DepthwiseF32(const DepthwiseF32Params& p, const float* input, Unaligned<float> filter,
                  Unaligned<float> bias, float* output, const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.channels;
  const int64_t taps = int64_t{y.kernel} * x.kernel;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      for (int32_t ox = 0; ox < x.output; ++ox) {
        const Patch patch = {input, y.TapsAt(oy), x.TapsAt(ox)};
        for (int32_t c = 0; c < outputs; c += kBlock) {
          const int32_t count = outputs - c < kBlock ? outputs - c : kBlock;
          if (!meter.Spend(taps * count)) return false;
          float sums[kBlock];
          if (p.multiplier == 1)
            SumBlock<true>(p, patch, filter, c, count, sums);
          else
            SumBlock<false>(p, patch, filter, c, count, sums);
          for (int32_t j = 0; j < count; ++j)
            *output++ = Clamp(bias ? sums[j] + bias[c + j] : sums[j], p.range);
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet::MOONLET_SCALAR
