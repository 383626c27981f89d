// engine/kernels/depthwise_f32_lanes.h - DepthwiseF32 for 16 output channels side by side in
// lanes: each is a chain of its own, in the order of the specification.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/depthwise.h"
#include "engine/kernels/lanes_x86.h"
#include "engine/kernels/pixel_tiles.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Sums side by side that hide the latency of each: a row takes two registers with AVX2.
#if defined(__AVX512F__)
inline constexpr int kDepthwisePixels = 8;
#else
inline constexpr int kDepthwisePixels = 4;
#endif

// How the lanes of the input follow from those of the output.
enum class Feed : uint8_t {
  kWhole,     // 16 channels with a filter each
  kPart,      // fewer
  kRepeated,  // channels with several filters, hence several lanes
};

// 16 output channels, and the distances between the floats that they meet.
struct DepthwiseRow {
  std::ptrdiff_t input;   // the first channel of the input
  std::ptrdiff_t output;  // and of the output
  Live read;              // channels of the input that there are
  Live live;              // and of the output
  Places places;          // of kRepeated: lane j of the output meets this lane of the input
  Lanes bias;
  std::ptrdiff_t in_x, in_y;  // from tap to tap in the image
  std::ptrdiff_t w_x, w_y;    // and in the filter
};

inline DepthwiseRow RowOf(const DepthwiseF32Params& p, int32_t output, Unaligned<float> bias) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const int32_t rest = outputs - output;
  const int32_t count = rest < kRow ? rest : kRow;
  const int32_t input = output / p.multiplier;
  int32_t places[kRow] = {};
  for (int32_t j = 0; j < count; ++j) places[j] = (output + j) / p.multiplier - input;
  const Live live(count);
  return {.input = input,
          .output = output,
          .read = Live(places[count - 1] + 1),
          .live = live,
          .places = Places(places),
          .bias = bias ? LoadRow((bias + output).data(), live) : Broadcast(kNoBias),
          .in_x = std::ptrdiff_t{x.dilation} * p.channels,
          .in_y = std::ptrdiff_t{y.dilation} * x.input * p.channels,
          .w_x = outputs,
          .w_y = std::ptrdiff_t{x.kernel} * outputs};
}

template <Feed kFeed>
inline Lanes LoadFeed(const float* x, const DepthwiseRow& row) {
  if constexpr (kFeed == Feed::kWhole) return LoadRow(x);
  if constexpr (kFeed == Feed::kPart) return LoadRow(x, row.read);
  if constexpr (kFeed == Feed::kRepeated) return Picked(LoadRow(x, row.read), row.places);
}

// kPixels of a tile, from pixel `from` on.
template <int kPixels, Feed kFeed>
inline void DepthwisePixels(const DepthwiseF32Params& p, const DepthwiseRow& row,
                            Unaligned<float> filter, const PixelTile<kDepthwisePixels>& tile,
                            int32_t from, const float* image, float* output) {
  const std::ptrdiff_t channels = p.channels;
  std::ptrdiff_t at[kPixels];
  Lanes sums[kPixels];
#pragma GCC unroll 8
  for (int i = 0; i < kPixels; ++i) {
    at[i] = (tile.inputs[from + i] - tile.inputs[from]) * channels;
    sums[i] = Broadcast(0);
  }
  // Where tap (0, 0) of the first pixel would be.
  const std::ptrdiff_t origin = tile.inputs[from] * channels + row.input;
  for (int32_t ky = tile.y.first; ky < tile.y.last; ++ky) {
    std::ptrdiff_t in = origin + ky * row.in_y + tile.x.first * row.in_x;
    std::ptrdiff_t w = ky * row.w_y + tile.x.first * row.w_x + row.output;
    for (int32_t kx = tile.x.first; kx < tile.x.last; ++kx, in += row.in_x, w += row.w_x) {
      const void* weights = (filter + w).data();
      const Lanes weight = kFeed == Feed::kWhole ? LoadRow(weights) : LoadRow(weights, row.live);
      const float* first = image + in;
#pragma GCC unroll 8
      for (int i = 0; i < kPixels; ++i)
        sums[i] = Fma(LoadFeed<kFeed>(first + at[i], row), weight, sums[i]);
    }
  }
  const Lanes low = Broadcast(p.range.min), high = Broadcast(p.range.max), bias = row.bias;
  float* to = output + row.output;
  const Live live = row.live;
#pragma GCC unroll 8
  for (int i = 0; i < kPixels; ++i) {
    const Lanes sum = Smaller(high, Larger(low, Plus(sums[i], bias)));
    StoreRow(to + tile.outputs[from + i] * row.w_x, sum, live);
  }
}

template <Feed kFeed>
[[gnu::noinline]] void DepthwiseTile(const DepthwiseF32Params& p, const DepthwiseRow& row,
                                     Unaligned<float> filter,
                                     const PixelTile<kDepthwisePixels>& tile, const float* image,
                                     float* output) {
  if (tile.count == kDepthwisePixels)
    return DepthwisePixels<kDepthwisePixels, kFeed>(p, row, filter, tile, 0, image, output);
  int32_t i = 0;
  for (; i + 2 <= tile.count; i += 2)
    DepthwisePixels<2, kFeed>(p, row, filter, tile, i, image, output);
  if (i < tile.count) DepthwisePixels<1, kFeed>(p, row, filter, tile, i, image, output);
}

inline bool DepthwiseInLanes(const DepthwiseF32Params& p, const float* input,
                             Unaligned<float> filter, Unaligned<float> bias, float* output,
                             const StopToken& stop) {
  const Window& w = p.window;
  const int32_t outputs = p.channels * p.multiplier;
  const std::ptrdiff_t in_size = std::ptrdiff_t{w.y.input} * w.x.input * p.channels;
  const std::ptrdiff_t out_size = std::ptrdiff_t{w.y.output} * w.x.output * outputs;
  const int64_t taps = int64_t{w.y.kernel} * w.x.kernel;
  WorkMeter meter(stop);
  if (!meter.Spend(1)) return false;
  for (int32_t n = 0; n < w.batches; ++n, input += in_size, output += out_size) {
    for (int32_t c = 0; c < outputs; c += kRow) {
      const DepthwiseRow row = RowOf(p, c, bias);
      const auto run = p.multiplier > 1      ? DepthwiseTile<Feed::kRepeated>
                       : outputs - c >= kRow ? DepthwiseTile<Feed::kWhole>
                                             : DepthwiseTile<Feed::kPart>;
      const bool finished =
          ForPixelTiles<kDepthwisePixels>(w, [&](const PixelTile<kDepthwisePixels>& tile) {
            run(p, row, filter, tile, input, output);
            return meter.Spend(taps * tile.count * kRow);
          });
      if (!finished) return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace moonlet
