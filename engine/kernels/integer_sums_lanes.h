// engine/kernels/integer_sums_lanes.h - sums for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"

namespace moonlet::integer_lanes {

// 16 elements, or the first n, as int32 lanes.
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int8_t* from) {
  return L::Widened(L::LoadBytes(from));
}
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int8_t* from, std::ptrdiff_t n) {
  return L::Widened(L::LoadBytes(from, n));
}
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int16_t* from) {
  return L::LoadWords(from);
}
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int16_t* from,
                                                             std::ptrdiff_t n) {
  return L::LoadWords(from, n);
}

// As unsigned bytes, which an instruction adds up; zeros behind the end count as 128 too.
template <typename B>
int32_t SumBytes(const int8_t* x, size_t n) {
  auto sums = B::Zero();
  const auto count = static_cast<std::ptrdiff_t>(n);
  std::ptrdiff_t i = 0;
  for (; i + B::kCount <= count; i += B::kCount)
    sums = B::AddBytes(sums, B::Unsigned(B::Load(x + i)));
  if (i < count) {
    sums = B::AddBytes(sums, B::Unsigned(B::Load(x + i, count - i)));
    i += B::kCount;
  }
  return static_cast<int32_t>(B::Total(sums) - 128 * i);
}

template <typename L>
int32_t SumWords(const int16_t* x, size_t n) {
  auto sum = L::Set(0);
  const auto count = static_cast<std::ptrdiff_t>(n);
  std::ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) sum = L::Add(sum, L::LoadWords(x + i));
  if (i < count) sum = L::Add(sum, L::LoadWords(x + i, count - i));
  return L::Sum(sum);
}

// The window at 16 * kVectors channels from its first on.
template <typename L, int kVectors>
[[gnu::always_inline]] inline void SumChannels(const PoolWindowS8& window, const int8_t* first,
                                               int32_t* sums) {
  typename L::Vector all[kVectors];
  for (int v = 0; v < kVectors; ++v) all[v] = L::LoadNumbers(sums + 16 * v);
  for (int32_t y = 0; y < window.rows; ++y, first += window.row) {
    const int8_t* x = first;
    for (int32_t i = 0; i < window.columns; ++i, x += window.column)
      for (int v = 0; v < kVectors; ++v) all[v] = L::Add(all[v], LoadSixteen<L>(x + 16 * v));
  }
  for (int v = 0; v < kVectors; ++v) L::StoreNumbers(sums + 16 * v, all[v]);
}

template <typename L>
void SumS8(const PoolWindowS8& window, int32_t* sums) {
  std::ptrdiff_t c = 0;
  for (; c + 64 <= window.channels; c += 64) SumChannels<L, 4>(window, window.first + c, sums + c);
  for (; c + 16 <= window.channels; c += 16) SumChannels<L, 1>(window, window.first + c, sums + c);
  const std::ptrdiff_t n = window.channels - c;
  if (n == 0) return;
  auto all = L::LoadNumbers(sums + c, n);
  for (int32_t y = 0; y < window.rows; ++y)
    for (int32_t i = 0; i < window.columns; ++i)
      all = L::Add(all, LoadSixteen<L>(window.first + c + y * window.row + i * window.column, n));
  L::StoreNumbers(sums + c, all, n);
}

}  // namespace moonlet::integer_lanes
