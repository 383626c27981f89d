// engine/kernels/conv_f32_lanes.h - ConvF32 for output channels side by side in lanes: each is a
// chain of its own, in the order of the specification.
//
// A slice of the filters of up to 64 output channels is transposed to the stack, which takes a
// fraction of a cycle per weight, and meets all pixels there: weights need no second place in
// memory. Between slices the sums wait in the output.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/conv.h"
#include "engine/kernels/filter_panel_f32.h"
#include "engine/kernels/pixel_tiles.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// A slice [first, last) of the filters of some output channels, tap after tap.
struct FilterSlice {
  const float* panel;  // weight k of channel j at [(k - first) * vectors * kRow + j]
  std::ptrdiff_t first, last;
  int32_t channels;
  bool opens, closes;  // the chains
  Unaligned<float> bias;
};

// The channels of vector v that there are.
inline Live LiveChannels(const FilterSlice& slice, int v) {
  const int32_t rest = slice.channels - v * kRow;
  return Live(rest < 0 ? 0 : rest < kRow ? rest : kRow);
}

// kPixels of a tile, from pixel `from` on.
template <int kPixels, int kVectors>
inline void SumPixels(const ConvF32Params& p, const FilterSlice& slice,
                      const PixelTile<kConvPixels<kVectors>>& tile, int32_t from,
                      const float* image, float* output) {
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels / p.groups;
  // Taps of a row that lie side by side in image and filter are one run.
  const bool joined = p.groups == 1 && x.dilation == 1;
  const int32_t joint = joined ? tile.x.last - tile.x.first : 1;
  std::ptrdiff_t at[kPixels];
  float* to[kPixels];
  Lanes sums[kPixels][kVectors];
  Lanes bias[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    bias[v] = Broadcast(kNoBias);
    if (slice.bias) bias[v] = LoadRow((slice.bias + v * kRow).data(), LiveChannels(slice, v));
  }
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; ++i) {
    at[i] = (tile.inputs[from + i] - tile.inputs[from]) * p.in_channels;
    to[i] = output + tile.outputs[from + i] * p.out_channels;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const Live live = LiveChannels(slice, v);
      sums[i][v] = slice.opens ? Broadcast(0) : LoadRow(to[i] + v * kRow, live);
    }
  }
  for (int32_t ky = tile.y.first; ky < tile.y.last; ++ky) {
    const std::ptrdiff_t row = std::ptrdiff_t{ky} * p.window.y.dilation * x.input;
    for (int32_t kx = tile.x.first; kx < tile.x.last; kx += joint) {
      const std::ptrdiff_t k = (std::ptrdiff_t{ky} * x.kernel + kx) * depth;
      const std::ptrdiff_t begin = Greater(k, slice.first);
      const std::ptrdiff_t end = Lesser(k + joint * depth, slice.last);
      if (begin >= end) continue;
      const std::ptrdiff_t pixel = tile.inputs[from] + row + std::ptrdiff_t{kx} * x.dilation;
      AddRun<kPixels, kVectors>(image + (pixel * p.in_channels + (begin - k)), at,
                                slice.panel + (begin - slice.first) * kVectors * kRow, end - begin,
                                sums);
    }
  }
  const Lanes low = Broadcast(p.range.min), high = Broadcast(p.range.max);
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const Live live = LiveChannels(slice, v);
#pragma GCC unroll 12
    for (int i = 0; i < kPixels; ++i) {
      Lanes sum = sums[i][v];
      if (slice.closes) sum = Smaller(high, Larger(low, Plus(sum, bias[v])));
      StoreRow(to[i] + v * kRow, sum, live);
    }
  }
}

template <int kVectors>
[[gnu::noinline]] void SumTile(const ConvF32Params& p, const FilterSlice& slice,
                               const PixelTile<kConvPixels<kVectors>>& tile, const float* image,
                               float* output) {
  int32_t i = 0;
  if (tile.count == kConvPixels<kVectors>)
    return SumPixels<kConvPixels<kVectors>, kVectors>(p, slice, tile, 0, image, output);
  for (; i + 2 <= tile.count; i += 2) SumPixels<2, kVectors>(p, slice, tile, i, image, output);
  if (i < tile.count) SumPixels<1, kVectors>(p, slice, tile, i, image, output);
}

// Output channels [c, c + channels), of one group whose inputs begin at `image`.
template <int kVectors>
inline bool SumChannels(const ConvF32Params& p, const float* image, Unaligned<float> filter,
                        Unaligned<float> bias, int32_t c, int32_t channels, float* output,
                        WorkMeter& meter) {
  constexpr std::ptrdiff_t kSlice = kPanelFloats / (kVectors * kRow);
  alignas(64) float panel[kPanelFloats];
  const Window& w = p.window;
  const std::ptrdiff_t size = std::ptrdiff_t{w.y.kernel} * w.x.kernel * (p.in_channels / p.groups);
  std::ptrdiff_t first = 0;
  do {
    const std::ptrdiff_t last = Lesser(first + kSlice, size);
    for (int v = 0; v < kVectors; ++v)
      TransposeFilters(filter + ((c + v * kRow) * size + first), size, channels - v * kRow,
                       last - first, kVectors * kRow, panel + v * kRow);
    const FilterSlice slice = {
        panel, first, last, channels, first == 0, last == size, bias ? bias + c : bias};
    for (int32_t n = 0; n < w.batches; ++n) {
      const float* in = image + std::ptrdiff_t{n} * w.y.input * w.x.input * p.in_channels;
      float* out = output + (std::ptrdiff_t{n} * w.y.output * w.x.output * p.out_channels + c);
      const bool finished = ForPixelTiles<kConvPixels<kVectors>>(
          w, [&](const PixelTile<kConvPixels<kVectors>>& tile) {
            SumTile<kVectors>(p, slice, tile, in, out);
            return meter.Spend(tile.count * channels * (last - first));
          });
      if (!finished) return false;
    }
    first = last;
  } while (first < size);
  return true;
}

inline bool ConvInLanes(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                        Unaligned<float> bias, float* output, const StopToken& stop) {
  const int32_t group_outputs = p.out_channels / p.groups;
  WorkMeter meter(stop);
  if (!meter.Spend(1)) return false;
  for (int32_t g = 0; g < p.groups; ++g, input += p.in_channels / p.groups) {
    const int32_t end = (g + 1) * group_outputs;
    for (int32_t c = end - group_outputs; c < end;) {
      int32_t channels = end - c;
      bool finished;
      if (kMostVectors == 4 && channels > 3 * kRow) {
        channels = channels < 4 * kRow ? channels : 4 * kRow;
        finished = SumChannels<kMostVectors>(p, input, filter, bias, c, channels, output, meter);
      } else if (kMostVectors > 1 && channels > kRow) {
        channels = channels < 2 * kRow ? channels : 2 * kRow;
        finished = SumChannels<(kMostVectors > 1 ? 2 : 1)>(p, input, filter, bias, c, channels,
                                                           output, meter);
      } else {
        channels = channels < kRow ? channels : kRow;
        finished = SumChannels<1>(p, input, filter, bias, c, channels, output, meter);
      }
      if (!finished) return false;
      c += channels;
    }
  }
  return true;
}

}  // namespace
}  // namespace moonlet
