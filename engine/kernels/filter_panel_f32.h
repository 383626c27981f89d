// engine/kernels/filter_panel_f32.h - filters of output channels side by side in lanes, transposed
// to the stack a slice at a time, and the inner loop over them: for float filters on x86-64.
//
// Local to the file that includes it, as lanes_x86.h.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/lanes_x86.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {
namespace {

#if defined(__AVX512F__)
inline constexpr int kMostVectors = 4;
#else
inline constexpr int kMostVectors = 1;
#endif
// Pixels at a time, so that there are enough sums to hide the latency of each and few enough to
// stay in registers.
template <int kVectors>
inline constexpr int kConvPixels = kMostVectors > 1 && kVectors == 1 ? 8 : 6;
inline constexpr std::ptrdiff_t kPanelFloats = 8192;

inline std::ptrdiff_t Lesser(std::ptrdiff_t a, std::ptrdiff_t b) { return a < b ? a : b; }
inline std::ptrdiff_t Greater(std::ptrdiff_t a, std::ptrdiff_t b) { return a > b ? a : b; }

// Filters `stride` weights apart, `count` of them, to columns of the panel, which has 16 rows for
// every 16 weights begun.
[[gnu::noinline]] void TransposeFilters(Unaligned<float> filter, std::ptrdiff_t stride,
                                        int32_t count, std::ptrdiff_t weights, int32_t width,
                                        float* panel) {
  for (std::ptrdiff_t k = 0; k < weights; k += kRow, panel += kRow * width) {
    const Live live(static_cast<int32_t>(Lesser(kRow, weights - k)));
    Lanes rows[kRow];
    for (int32_t j = 0; j < kRow; ++j)
      rows[j] = j < count ? LoadRow((filter + (j * stride + k)).data(), live) : Broadcast(0);
    Transpose(rows);
    for (int32_t i = 0; i < kRow; ++i) StoreRow(panel + i * width, rows[i]);
  }
}

// Adds the products of `count` weights at each of the pixels, which lie `at` floats from the first.
template <int kPixels, int kVectors>
inline void AddRun(const float* in, const std::ptrdiff_t (&at)[kPixels], const float* panel,
                   std::ptrdiff_t count, Lanes (&sums)[kPixels][kVectors]) {
  for (const float* end = in + count; in < end; ++in, panel += kVectors * kRow) {
    Lanes w[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) w[v] = LoadRow(panel + v * kRow);
#pragma GCC unroll 12
    for (int p = 0; p < kPixels; ++p) {
      const Lanes x = Broadcast(in[at[p]]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[p][v] = Fma(x, w[v], sums[p][v]);
    }
  }
}

}  // namespace
}  // namespace moonlet
