// engine/kernels/integer_windows_lanes.h - DEPTHWISE_CONV_2D of int16 for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_sums_lanes.h"

namespace moonlet::integer_lanes {

// 16 channels, whose sums over all taps fit int32; load(address) gives those of image or weights.
template <typename L, typename Load>
[[gnu::always_inline]] inline typename L::Vector WindowSums(const WeightedWindowS16& window,
                                                            std::ptrdiff_t c, Load load) {
  auto sum = L::Set(0);
  const int16_t* x = window.x + c;
  const int8_t* w = window.weights + c;
  for (int32_t iy = 0; iy < window.rows; ++iy) {
    for (int32_t ix = 0; ix < window.columns; ++ix) {
      const auto in = load(x + ix * window.x_column);
      sum = L::Add(sum, L::Multiply(in, load(w + ix * window.weights_column)));
    }
    x += window.x_row;
    w += window.weights_row;
  }
  return sum;
}

template <typename L>
void AddWindowS16(const WeightedWindowS16& window, int64_t* sums) {
  // A product has 23 bits.
  if (int64_t{window.rows} * window.columns > 256) return scalar::AddWindowS16(window, sums);
  std::ptrdiff_t c = 0;
  for (; c + 16 <= window.channels; c += 16) {
    const auto load = [](const auto* from) { return LoadSixteen<L>(from); };
    L::AddWide(sums + c, WindowSums<L>(window, c, load));
  }
  const std::ptrdiff_t n = window.channels - c;
  if (n == 0) return;
  int32_t some[16];
  const auto load = [n](const auto* from) { return LoadSixteen<L>(from, n); };
  L::StoreNumbers(some, WindowSums<L>(window, c, load));
  for (std::ptrdiff_t i = 0; i < n; ++i) sums[c + i] += some[i];
}

}  // namespace moonlet::integer_lanes
