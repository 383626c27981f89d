// engine/kernels/integer_bytes_lanes.h - functions of a byte for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace moonlet::integer_lanes {

// The entries of a table of 16 << kBits at the low bits of each byte, as bits above 4 choose.
template <typename B, int kBits>
[[gnu::always_inline]] inline typename B::Vector LookUp(const int8_t* entries,
                                                        const typename B::Index& i) {
  if constexpr (kBits == 1) {
    return i.InThirtyTwo(entries);
  } else {
    const auto low = LookUp<B, kBits - 1>(entries, i);
    const auto high = LookUp<B, kBits - 1>(entries + (8 << kBits), i);
    return i.template Select<3 + kBits>(high, low);
  }
}

template <typename B>
void MapBytesRun(const int8_t* entries, const int8_t* input, size_t n, int8_t* output) {
  const auto map = [entries](typename B::Vector x) __attribute__((always_inline)) {
    return LookUp<B, 4>(entries, typename B::Index(x));
  };
  const auto count = static_cast<std::ptrdiff_t>(n);
  std::ptrdiff_t i = 0;
  for (; i + B::kCount <= count; i += B::kCount) B::Store(output + i, map(B::Load(input + i)));
  if (i < count) B::Store(output + i, map(B::Load(input + i, count - i)), count - i);
}

}  // namespace moonlet::integer_lanes
