// ConvF32 with Helium: four output channels side by side in lanes, each a chain of its own in the
// order of the specification. Their weights, a filter apart, are gathered where they lie and meet
// several pixels.
#include "engine/kernels/conv.h"
#include "engine/kernels/lanes_helium.h"
#include "engine/kernels/pixel_tiles.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
namespace {

constexpr int kConvPixels = 4;
using ConvTile = PixelTile<kConvPixels>;

// Four output channels of one group.
struct FilterRow {
  const float* weights;
  uint32x4_t steps;
  Lanes bias;
  int32_t live;
};

// Adds the products of `count` weights at each of the pixels, which lie `at` floats from the first.
template <int kPixels>
[[gnu::always_inline]] inline void AddRun(const float* in, const std::ptrdiff_t (&at)[kPixels],
                                          const float* w, uint32x4_t steps, std::ptrdiff_t count,
                                          Lanes (&sums)[kPixels]) {
  const float* pixels[kPixels];
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) pixels[i] = in + at[i];
  for (std::ptrdiff_t k = 0; k < count; ++k) {
    const Lanes weights = vldrwq_gather_offset_f32(w + k, steps);
#pragma GCC unroll 4
    for (int i = 0; i < kPixels; ++i) sums[i] = vfmaq_n_f32(sums[i], weights, pixels[i][k]);
  }
}

// kPixels of a tile, from pixel `from` on.
template <int kPixels>
void ConvPixels(const ConvF32Params& p, const FilterRow& row, const ConvTile& tile, int32_t from,
                const float* image, float* output) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels / p.groups;
  // Taps of a row that lie side by side in image and filter are one run.
  const int32_t joint = p.groups == 1 && x.dilation == 1 ? tile.x.last - tile.x.first : 1;
  std::ptrdiff_t at[kPixels];
  Lanes sums[kPixels];
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    at[i] = (tile.inputs[from + i] - tile.inputs[from]) * p.in_channels;
    sums[i] = vdupq_n_f32(0);
  }
  for (int32_t ky = tile.y.first; ky < tile.y.last; ++ky) {
    const std::ptrdiff_t line = tile.inputs[from] + std::ptrdiff_t{ky} * y.dilation * x.input;
    for (int32_t kx = tile.x.first; kx < tile.x.last; kx += joint)
      AddRun<kPixels>(image + (line + kx * x.dilation) * p.in_channels, at,
                      row.weights + (std::ptrdiff_t{ky} * x.kernel + kx) * depth, row.steps,
                      joint * depth, sums);
  }
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i)
    StoreRow(output + tile.outputs[from + i] * p.out_channels,
             Clamped(vaddq_f32(sums[i], row.bias), p.range), row.live);
}

// Output channels from c on, below `end`.
bool ConvRow(const ConvF32Params& p, const float* image, const float* filter, Unaligned<float> bias,
             int32_t c, int32_t end, float* output, WorkMeter& meter) {
  const Window& w = p.window;
  const std::ptrdiff_t size = std::ptrdiff_t{w.y.kernel} * w.x.kernel * (p.in_channels / p.groups);
  const int32_t live = end - c < kRow ? end - c : kRow;
  const FilterRow row = {filter + c * size, Steps(0, live, 1, size), BiasRow(bias, c, live), live};
  for (int32_t n = 0; n < w.batches; ++n) {
    const float* in = image + std::ptrdiff_t{n} * w.y.input * w.x.input * p.in_channels;
    float* out = output + std::ptrdiff_t{n} * w.y.output * w.x.output * p.out_channels + c;
    const bool finished = ForPixelTiles<kConvPixels>(w, [&](const ConvTile& tile) {
      if (!meter.Spend(kRow * tile.count * size)) return false;
      if (tile.count == kConvPixels) {
        ConvPixels<kConvPixels>(p, row, tile, 0, in, out);
      } else {
        for (int32_t i = 0; i < tile.count; ++i) ConvPixels<1>(p, row, tile, i, in, out);
      }
      return true;
    });
    if (!finished) return false;
  }
  return true;
}

}  // namespace

bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
             Unaligned<float> bias, float* output, const StopToken& stop) {
  const float* weights = filter.Aligned();
  if (weights == nullptr) return scalar::ConvF32(p, input, filter, bias, output, stop);
  const int32_t group_outputs = p.out_channels / p.groups;
  WorkMeter meter(stop);
  for (int32_t g = 0; g < p.groups; ++g, input += p.in_channels / p.groups) {
    const int32_t end = (g + 1) * group_outputs;
    for (int32_t c = end - group_outputs; c < end; c += kRow)
      if (!ConvRow(p, input, weights, bias, c, end, output, meter)) return false;
  }
  return true;
}

}  // namespace moonlet::mve
