// engine/kernels/integer_pools_device.h - sums over windows, some channels at a time, for the
// kernels of devices: kSum(window, c, sums) gives those of kGroup channels from c on, of which the
// last may be beyond the window's.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/integer_loops.h"

namespace moonlet {
namespace {

// Bytes whose sum fits 16 bits.
constexpr int32_t kMostTaps = 256;

// The same window with rows that follow each other as one.
inline PoolWindowS8 Joined(PoolWindowS8 window) {
  if (window.row == window.column * window.columns) {
    window.columns *= window.rows;
    window.rows = 1;
  }
  return window;
}

// Calls take(channel, sum) for each channel.
template <int32_t kGroup, typename Sum, typename Take>
inline void ForEachSum(const PoolWindowS8& window, Sum sum, Take take) {
  const PoolWindowS8 joined = Joined(window);
  for (int32_t c = 0; c < window.channels; c += kGroup) {
    int32_t sums[kGroup];
    sum(joined, c, sums);
    for (int32_t i = 0; i < std::min(kGroup, window.channels - c); ++i) take(c + i, sums[i]);
  }
}

template <int32_t kGroup, typename Sum>
inline void AddSums(const PoolWindowS8& window, Sum sum, int32_t* sums) {
  ForEachSum<kGroup>(window, sum, [&](int32_t c, int32_t x) { sums[c] = WrapAdd(sums[c], x); });
}

template <int32_t kGroup, typename Sum>
inline void Average(const PoolWindowS8& window, Sum sum, int8_t* output) {
  const int32_t n = window.rows * window.columns, half = n / 2;
  ForEachSum<kGroup>(window, sum, [&](int32_t c, int32_t x) {
    const int32_t mean = (x > 0 ? WrapAdd(x, half) : WrapSub(x, half)) / n;
    output[c] = static_cast<int8_t>(std::clamp<int32_t>(mean, window.min, window.max));
  });
}

}  // namespace
}  // namespace moonlet
