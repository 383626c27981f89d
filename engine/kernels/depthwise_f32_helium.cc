// DepthwiseF32 with Helium: four output channels side by side in lanes, each a chain of its own in
// the order of the specification.
#include "engine/kernels/depthwise.h"
#include "engine/kernels/lanes_helium.h"
#include "engine/kernels/pixel_tiles.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
namespace {

constexpr int kDepthwisePixels = 4;
using DepthwiseTile = PixelTile<kDepthwisePixels>;

// Four output channels, and the distances between the floats that they meet.
struct DepthwiseRow {
  const float* weights;
  uint32x4_t weight_steps, input_steps;
  Lanes bias;
  int32_t live;
  std::ptrdiff_t in_x, in_y;  // from tap to tap in the image
  std::ptrdiff_t w_x, w_y;    // and in the filter
};

// kPixels of a tile, from pixel `from` on. kSteady: four channels with one filter each, which are
// neighbours; else the lanes are gathered.
template <int kPixels, bool kSteady>
void DepthwisePixels(const DepthwiseF32Params& p, const DepthwiseRow& row,
                     const DepthwiseTile& tile, int32_t from, const float* image, float* output) {
  std::ptrdiff_t at[kPixels];
  Lanes sums[kPixels];
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    at[i] = (tile.inputs[from + i] - tile.inputs[from]) * p.channels;
    sums[i] = vdupq_n_f32(0);
  }
  const uint32x4_t weight_steps = row.weight_steps, input_steps = row.input_steps;
  for (int32_t ky = tile.y.first; ky < tile.y.last; ++ky) {
    const float* in =
        image + tile.inputs[from] * p.channels + ky * row.in_y + tile.x.first * row.in_x;
    const float* w = row.weights + ky * row.w_y + tile.x.first * row.w_x;
    for (int32_t kx = tile.x.first; kx < tile.x.last; ++kx, in += row.in_x, w += row.w_x) {
      const Lanes weights = kSteady ? vldrwq_f32(w) : vldrwq_gather_offset_f32(w, weight_steps);
#pragma GCC unroll 4
      for (int i = 0; i < kPixels; ++i) {
        const Lanes x =
            kSteady ? vldrwq_f32(in + at[i]) : vldrwq_gather_offset_f32(in + at[i], input_steps);
        sums[i] = vfmaq_f32(sums[i], x, weights);
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i)
    StoreRow(output + tile.outputs[from + i] * row.w_x,
             Clamped(vaddq_f32(sums[i], row.bias), p.range), row.live);
}

DepthwiseRow RowOf(const DepthwiseF32Params& p, const float* filter, Unaligned<float> bias,
                   int32_t c) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const int32_t live = outputs - c < kRow ? outputs - c : kRow;
  return {.weights = filter + c,
          .weight_steps = Steps(c, c + live, 1, 1),
          .input_steps = Steps(c, c + live, p.multiplier, 1),
          .bias = BiasRow(bias, c, live),
          .live = live,
          .in_x = std::ptrdiff_t{x.dilation} * p.channels,
          .in_y = std::ptrdiff_t{y.dilation} * x.input * p.channels,
          .w_x = outputs,
          .w_y = std::ptrdiff_t{x.kernel} * outputs};
}

}  // namespace

bool DepthwiseF32(const DepthwiseF32Params& p, const float* input, Unaligned<float> filter,
                  Unaligned<float> bias, float* output, const StopToken& stop) {
  const float* weights = filter.Aligned();
  if (weights == nullptr) return scalar::DepthwiseF32(p, input, filter, bias, output, stop);
  const Window& w = p.window;
  const int32_t outputs = p.channels * p.multiplier;
  const std::ptrdiff_t in_size = std::ptrdiff_t{w.y.input} * w.x.input * p.channels;
  const std::ptrdiff_t out_size = std::ptrdiff_t{w.y.output} * w.x.output * outputs;
  const int64_t work = int64_t{w.y.kernel} * w.x.kernel * kRow;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < w.batches; ++n, input += in_size, output += out_size) {
    for (int32_t c = 0; c < outputs; c += kRow) {
      const DepthwiseRow row = RowOf(p, weights, bias, c);
      const bool steady = p.multiplier == 1 && row.live == kRow;
      const float* image = input + c / p.multiplier;
      const bool finished = ForPixelTiles<kDepthwisePixels>(w, [&](const DepthwiseTile& tile) {
        if (!meter.Spend(work * tile.count)) return false;
        if (steady && tile.count == kDepthwisePixels) {
          DepthwisePixels<kDepthwisePixels, true>(p, row, tile, 0, image, output + c);
        } else {
          for (int32_t i = 0; i < tile.count; ++i)
            DepthwisePixels<1, false>(p, row, tile, i, image, output + c);
        }
        return true;
      });
      if (!finished) return false;
    }
  }
  return true;
}

}  // namespace moonlet::mve
