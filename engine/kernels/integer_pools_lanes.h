// engine/kernels/integer_pools_lanes.h - pooling loops for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

// Channels at a time.
inline constexpr std::ptrdiff_t kPooled = 16;

// Calls pool(first of the window, load) for 16 channels at a time and stores the bytes it gives.
template <typename L, typename Pool>
[[gnu::always_inline]] inline void ForEachChannel(const PoolWindowS8& window, int8_t* output,
                                                  Pool pool) {
  std::ptrdiff_t c = 0;
  for (; c + kPooled <= window.channels; c += kPooled) {
    const __m128i bytes =
        pool(window.first + c, [](const int8_t* from) { return L::LoadBytes(from); });
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output + c), bytes);
  }
  const std::ptrdiff_t n = window.channels - c;
  if (n == 0) return;
  const __m128i bytes =
      pool(window.first + c, [n](const int8_t* from) { return L::LoadBytes(from, n); });
  L::StoreBytes(output + c, bytes, n);
}

template <typename L>
void Average(const PoolWindowS8& window, int8_t* output) {
  using Vector = typename L::Vector;
  const int64_t taps = int64_t{window.rows} * window.columns;
  // Below that float32 holds sums and quotients so well that truncation is exact.
  if (taps >= 1 << 16) return scalar::kIntegerLoops.average_s8(window, output);
  const auto n = static_cast<int32_t>(taps);
  const Vector half = L::Set(n / 2);
  const Vector twice = L::Set(-2 * (n / 2));
  const typename L::Packer pack({0, window.min, window.max});
  ForEachChannel<L>(window, output, [&](const int8_t* first, auto load) {
    Vector sum = L::Set(0);
    for (int32_t y = 0; y < window.rows; ++y, first += window.row)
      for (int32_t x = 0; x < window.columns; ++x)
        sum = L::Add(sum, L::Widened(load(first + x * window.column)));
    // -half unless the sum is above 0.
    const Vector negative = L::ShiftRight(L::Subtract(sum, L::Set(1)), 31);
    const Vector rounded = L::Add(sum, L::Add(half, L::And(negative, twice)));
    return L::Pack(pack, L::Divided(rounded, static_cast<float>(n)));
  });
}

template <typename L>
void Max(const PoolWindowS8& window, int8_t* output) {
  const __m128i low = _mm_set1_epi8(static_cast<char>(window.min));
  const __m128i high = _mm_set1_epi8(static_cast<char>(window.max));
  ForEachChannel<L>(window, output, [&](const int8_t* first, auto load) {
    __m128i best = low;
    for (int32_t y = 0; y < window.rows; ++y, first += window.row)
      for (int32_t x = 0; x < window.columns; ++x)
        best = _mm_max_epi8(best, load(first + x * window.column));
    return _mm_min_epi8(best, high);
  });
}

}  // namespace moonlet::integer_lanes
