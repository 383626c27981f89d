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

template <typename L, typename T>
int32_t Sum(const T* x, size_t n) {
  typename L::Vector sums[4] = {L::Set(0), L::Set(0), L::Set(0), L::Set(0)};
  const auto count = static_cast<std::ptrdiff_t>(n);
  std::ptrdiff_t i = 0;
  for (; i + 64 <= count; i += 64)
    for (int v = 0; v < 4; ++v) sums[v] = L::Add(sums[v], LoadSixteen<L>(x + i + 16 * v));
  for (; i + 16 <= count; i += 16) sums[0] = L::Add(sums[0], LoadSixteen<L>(x + i));
  if (i < count) sums[1] = L::Add(sums[1], LoadSixteen<L>(x + i, count - i));
  return L::Sum(L::Add(L::Add(sums[0], sums[1]), L::Add(sums[2], sums[3])));
}

// The columns of 16 * kVectors neighbours.
template <typename L, int kVectors, typename T>
[[gnu::always_inline]] inline void AddColumns(const SumRows<T>& rows, const T* x, int32_t* sums) {
  typename L::Vector all[kVectors];
  for (int v = 0; v < kVectors; ++v) all[v] = L::LoadNumbers(sums + 16 * v);
  for (int32_t i = 0; i < rows.rows; ++i, x += rows.row)
    for (int v = 0; v < kVectors; ++v) all[v] = L::Add(all[v], LoadSixteen<L>(x + 16 * v));
  for (int v = 0; v < kVectors; ++v) L::StoreNumbers(sums + 16 * v, all[v]);
}

template <typename L, typename T>
void AddRows(const SumRows<T>& rows, int32_t* sums) {
  const T* x = rows.x;
  int32_t c = 0;
  for (; c + 64 <= rows.columns; c += 64) AddColumns<L, 4>(rows, x + c, sums + c);
  for (; c + 16 <= rows.columns; c += 16) AddColumns<L, 1>(rows, x + c, sums + c);
  if (c == rows.columns) return;
  auto all = L::LoadNumbers(sums + c);
  for (int32_t i = 0; i < rows.rows; ++i)
    all = L::Add(all, LoadSixteen<L>(x + c + i * rows.row, rows.columns - c));
  L::StoreNumbers(sums + c, all);
}

}  // namespace moonlet::integer_lanes
