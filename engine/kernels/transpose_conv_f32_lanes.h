// engine/kernels/transpose_conv_f32_lanes.h - TransposeConvF32 for output channels side by side in
// lanes: each is a chain of its own, in the order of the specification. Outputs a stride apart meet
// the same taps, so some of them share the loads of weights.
//
// The chain of an output runs through its taps from the last to the first, so slices of the filter
// come in this order too. Between slices the sums wait in the output.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/filter_panel_f32.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Some taps of the filters of some output channels: all of their depth, or part of one tap's.
struct TapSlice {
  const float* panel;
  std::ptrdiff_t first_tap, last_tap;
  std::ptrdiff_t first, last;  // in the depth
  int32_t channel, channels;
  bool opens, closes;  // the chains
};

// The channels of vector v that there are.
inline Live LiveChannels(const TapSlice& slice, int v) {
  const int32_t rest = slice.channels - v * kRow;
  return Live(rest < 0 ? 0 : rest < kRow ? rest : kRow);
}

// An output, and those a stride, two strides ... to its right; with the inputs that reach it.
struct TransposedPixels {
  int32_t oy, ox;
  TransposeSources sy, sx;
};

template <int kPixels, int kVectors>
[[gnu::noinline]] void SumTransposed(const TransposeConvF32Params& p, const TapSlice& slice,
                                     const TransposedPixels& at, const float* image,
                                     Unaligned<float> bias, float* output) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  std::ptrdiff_t inputs[kPixels];
  float* to[kPixels];
  Lanes sums[kPixels][kVectors];
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; ++i) {
    inputs[i] = i * depth;
    const std::ptrdiff_t pixel = std::ptrdiff_t{at.oy} * x.input + at.ox + i * x.stride;
    to[i] = output + pixel * p.out_channels + slice.channel;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      sums[i][v] = slice.opens ? Broadcast(0) : LoadRow(to[i] + v * kRow, LiveChannels(slice, v));
  }
  for (int32_t iy = at.sy.first; iy < at.sy.last; ++iy) {
    const std::ptrdiff_t row = std::ptrdiff_t{at.oy + y.pad - iy * y.stride} * x.kernel;
    for (int32_t ix = at.sx.first; ix < at.sx.last; ++ix) {
      const std::ptrdiff_t tap = row + at.ox + x.pad - ix * x.stride;
      if (tap < slice.first_tap || tap >= slice.last_tap) continue;
      const float* in = image + (std::ptrdiff_t{iy} * x.output + ix) * depth + slice.first;
      const std::ptrdiff_t weights = (tap - slice.first_tap) * (slice.last - slice.first);
      AddRun<kPixels, kVectors>(in, inputs, slice.panel + weights * kVectors * kRow,
                                slice.last - slice.first, sums);
    }
  }
  const Lanes low = Broadcast(p.range.min), high = Broadcast(p.range.max);
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const Live live = LiveChannels(slice, v);
    Lanes b = Broadcast(kNoBias);
    if (bias) b = LoadRow((bias + (slice.channel + v * kRow)).data(), live);
#pragma GCC unroll 12
    for (int i = 0; i < kPixels; ++i) {
      Lanes sum = sums[i][v];
      if (slice.closes) sum = Smaller(high, Larger(low, Plus(sum, b)));
      StoreRow(to[i] + v * kRow, sum, live);
    }
  }
}

// A slice at all outputs of an image.
template <int kVectors>
inline bool SumSlice(const TransposeConvF32Params& p, const TapSlice& slice, const float* image,
                     Unaligned<float> bias, float* output, WorkMeter& meter) {
  constexpr int kPixels = kConvPixels<kVectors>;
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t weights =
      (slice.last_tap - slice.first_tap) * (slice.last - slice.first) * slice.channels;
  for (int32_t oy = 0; oy < y.input; ++oy) {
    const TransposeSources sy(y, oy);
    for (int32_t phase = 0; phase < x.stride && phase < x.input; ++phase) {
      for (int32_t ox = phase; ox < x.input;) {
        const TransposedPixels at = {oy, ox, sy, TransposeSources(x, ox)};
        const int64_t end = int64_t{ox} + (kPixels - 1) * int64_t{x.stride};
        bool many = end < x.input;
        if (many) {
          const TransposeSources last(x, static_cast<int32_t>(end));
          many = last.first == at.sx.first + kPixels - 1 && last.last == at.sx.last + kPixels - 1;
        }
        if (!meter.Spend(many ? kPixels * weights : weights)) return false;
        if (many)
          SumTransposed<kPixels, kVectors>(p, slice, at, image, bias, output);
        else
          SumTransposed<1, kVectors>(p, slice, at, image, bias, output);
        ox += (many ? kPixels : 1) * x.stride;
      }
    }
  }
  return true;
}

// Output channels [c, c + channels).
template <int kVectors>
inline bool TransposeChannels(const TransposeConvF32Params& p, const float* input,
                              Unaligned<float> filter, Unaligned<float> bias, int32_t c,
                              int32_t channels, float* output, WorkMeter& meter) {
  constexpr std::ptrdiff_t kSlice = kPanelFloats / (kVectors * kRow);
  alignas(64) float panel[kPanelFloats];
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels, taps = std::ptrdiff_t{y.kernel} * x.kernel;
  const std::ptrdiff_t in_image = std::ptrdiff_t{y.output} * x.output * depth;
  const std::ptrdiff_t out_image = std::ptrdiff_t{y.input} * x.input * p.out_channels;
  const std::ptrdiff_t together = Greater(1, kSlice / depth);
  for (std::ptrdiff_t tap = taps; tap > 0; tap -= together) {
    const std::ptrdiff_t first_tap = Greater(0, tap - together);
    for (std::ptrdiff_t d = 0; d < depth; d += kSlice) {
      const std::ptrdiff_t last = Lesser(depth, d + kSlice);
      const TapSlice slice = {panel,
                              first_tap,
                              tap,
                              d,
                              last,
                              c,
                              channels,
                              tap == taps && d == 0,
                              first_tap == 0 && last == depth};
      for (int v = 0; v < kVectors; ++v)
        TransposeFilters(filter + (((c + v * kRow) * taps + first_tap) * depth + d), taps * depth,
                         channels - v * kRow, (tap - first_tap) * (last - d), kVectors * kRow,
                         panel + v * kRow);
      for (int32_t n = 0; n < p.window.batches; ++n)
        if (!SumSlice<kVectors>(p, slice, input + n * in_image, bias, output + n * out_image,
                                meter))
          return false;
    }
  }
  return true;
}

inline bool TransposeInLanes(const TransposeConvF32Params& p, const float* input,
                             Unaligned<float> filter, Unaligned<float> bias, float* output,
                             const StopToken& stop) {
  constexpr int kMost = kMostVectors > 1 ? 2 : 1;
  WorkMeter meter(stop);
  if (!meter.Spend(1)) return false;
  for (int32_t c = 0; c < p.out_channels;) {
    const int32_t left = p.out_channels - c;
    const int32_t channels = left < kMost * kRow ? left : kMost * kRow;
    const bool finished =
        channels > kRow
            ? TransposeChannels<kMost>(p, input, filter, bias, c, channels, output, meter)
            : TransposeChannels<1>(p, input, filter, bias, c, channels, output, meter);
    if (!finished) return false;
    c += channels;
  }
  return true;
}

}  // namespace
}  // namespace moonlet
