// engine/kernels/integer_svdf_lanes.h - SVDF's time filters for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_dots_lanes.h"
#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

// Elements of either type as int16 lanes; a file's may lie anywhere.
template <typename W>
[[gnu::always_inline]] inline typename W::Vector LoadLanes(const int8_t* from, std::ptrdiff_t n) {
  return n < W::kCount ? W::LoadBytes(from, n) : W::LoadBytes(from);
}
template <typename W>
[[gnu::always_inline]] inline typename W::Vector LoadLanes(const int16_t* from, std::ptrdiff_t n) {
  return n < W::kCount ? W::LoadWords(from, n) : W::LoadWords(from);
}

// The products of kFilters filters from the first of `memory` on.
template <typename W, int kFilters, typename State>
[[gnu::always_inline]] inline DotSums<W, kFilters> SvdfProducts(const SvdfMemory<State>& memory,
                                                                std::ptrdiff_t first) {
  const auto zero = W::Set(memory.zero);
  const State* state = memory.state + first * memory.row;
  const auto* times = static_cast<const State*>((memory.times + first * memory.row).data());
  DotSums<W, kFilters> products;
  for (int f = 0; f < kFilters; ++f) products.sum[f] = W::Zero();
  for (std::ptrdiff_t i = 0; i < memory.count; i += W::kCount) {
    const std::ptrdiff_t n = memory.count - i;
    for (int f = 0; f < kFilters; ++f) {
      const auto x = W::Subtract(LoadLanes<W>(state + f * memory.row + i, n), zero);
      const auto w = LoadLanes<W>(times + f * memory.row + i, n);
      products.sum[f] = W::AddProducts(products.sum[f], x, w);
    }
  }
  return products;
}

template <typename W, typename State>
void AddSvdfSums(const SvdfMemory<State>& memory, int32_t* sums) {
  // A difference of 17 bits.
  if (sizeof(State) == 2 && memory.zero != 0) return scalar::AddSvdfSums(memory, sums);
  int32_t f = 0;
  for (; f + 4 <= memory.filters; f += 4) AddSums<W>(SvdfProducts<W, 4>(memory, f), sums + f);
  for (; f < memory.filters; ++f) AddSums<W>(SvdfProducts<W, 1>(memory, f), sums + f);
}

}  // namespace moonlet::integer_lanes
