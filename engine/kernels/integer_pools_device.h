// engine/kernels/integer_pools_device.h - sums over windows, some channels at a time, for the
// kernels of devices.
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

// sums[c] += the sums of kGroup channels at a time, which sum(window, c, group) stores for windows
// of at most kMostTaps places. The last group may reach beyond the channels.
template <int32_t kGroup, typename Sum>
inline void AddSums(const PoolWindowS8& window, Sum sum, int32_t* sums) {
  PoolWindowS8 part = Joined(window);
  const auto add = [&] {
    for (int32_t c = 0; c < window.channels; c += kGroup) {
      int32_t group[kGroup];
      sum(part, c, group);
      for (int32_t i = 0; i < std::min(kGroup, window.channels - c); ++i)
        sums[c + i] = WrapAdd(sums[c + i], group[i]);
    }
  };
  if (part.rows * part.columns <= kMostTaps) return add();
  const int32_t rows = part.rows, columns = part.columns;
  part.rows = 1;
  for (int32_t y = 0; y < rows; ++y) {
    for (int32_t x = 0; x < columns; x += kMostTaps) {
      part.columns = std::min(kMostTaps, columns - x);
      part.first = window.first + y * part.row + x * part.column;
      add();
    }
  }
}

// Of sums over n places.
inline int8_t MeanOf(int32_t sum, int32_t n, const PoolWindowS8& window) {
  const int32_t mean = (sum > 0 ? WrapAdd(sum, n / 2) : WrapSub(sum, n / 2)) / n;
  return static_cast<int8_t>(std::clamp<int32_t>(mean, window.min, window.max));
}

// The average of windows that are larger, a few channels at a time.
[[gnu::noinline, gnu::noclone]] inline void AverageOfMany(
    const PoolWindowS8& window, void (*add_sums)(const PoolWindowS8& window, int32_t* sums),
    int8_t* output) {
  constexpr int32_t kChannels = 32;
  PoolWindowS8 part = window;
  for (int32_t c = 0; c < window.channels; c += kChannels) {
    int32_t sums[kChannels] = {};
    part.first = window.first + c;
    part.channels = std::min(kChannels, window.channels - c);
    add_sums(part, sums);
    for (int32_t i = 0; i < part.channels; ++i)
      output[c + i] = MeanOf(sums[i], window.rows * window.columns, window);
  }
}

}  // namespace
}  // namespace moonlet
