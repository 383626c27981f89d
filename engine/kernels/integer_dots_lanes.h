// engine/kernels/integer_dots_lanes.h - inner products for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

// A vector, widened. What is left of it behind whole vectors lies in `rest`: in its last lanes, and
// the weights before those are read once more, or in its first ones where there is nothing before.
template <typename W>
struct DotInput {
  using Vector = typename W::Vector;

  [[gnu::always_inline]] inline DotInput(const int16_t* words, std::ptrdiff_t n)
      : x(words), count(n), left(n % W::kCount) {}
  [[gnu::always_inline]] inline bool Ends() const { return count >= W::kCount; }

  const int16_t* x;
  std::ptrdiff_t count, left;
  Vector rest = W::Zero();
};

// Products, to be added up.
template <typename W, int kRows>
struct DotSums {
  typename W::Vector sum[kRows];
};

// Those of x with so many rows from `weights` on.
template <typename W, int kRows>
[[gnu::always_inline]] inline DotSums<W, kRows> Products(const DotInput<W>& in,
                                                         const int8_t* weights, std::ptrdiff_t row,
                                                         typename W::Vector zero) {
  DotSums<W, kRows> dots;
  for (auto& s : dots.sum) s = W::Zero();
  std::ptrdiff_t i = 0;
  for (; i + W::kCount <= in.count; i += W::kCount) {
    const auto words = W::LoadWords(in.x + i);
    for (int r = 0; r < kRows; ++r) {
      const auto w = W::LoadBytes(weights + r * row + i);
      dots.sum[r] = W::AddProducts(dots.sum[r], words, W::Subtract(w, zero));
    }
  }
  if (in.left == 0) return dots;
  for (int r = 0; r < kRows; ++r) {
    const int8_t* from = weights + r * row;
    const auto w =
        in.Ends() ? W::LoadBytes(from + (in.count - W::kCount)) : W::LoadBytes(from, in.left);
    dots.sum[r] = W::AddProducts(dots.sum[r], in.rest, W::Subtract(w, zero));
  }
  return dots;
}

// Elements at a time: those whose sums, 32768 * 255 everywhere, fit int32 with two halves added.
template <typename W>
inline constexpr std::ptrdiff_t kDotElements = 32 * W::kCount;

template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 4>& dots, int32_t* sums) {
  const __m256i low = _mm256_hadd_epi32(W::Folded(dots.sum[0]), W::Folded(dots.sum[1]));
  const __m256i high = _mm256_hadd_epi32(W::Folded(dots.sum[2]), W::Folded(dots.sum[3]));
  const __m256i all = _mm256_hadd_epi32(low, high);
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  auto* to = reinterpret_cast<__m128i*>(sums);
  _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), four));
}
template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 1>& dots, int32_t* sums) {
  const __m256i eight = W::Folded(dots.sum[0]);
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
  *sums = _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_cvtsi32_si128(*sums)));
}
template <typename W, int kRows>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, kRows>& dots, int64_t* sums) {
  for (int r = 0; r < kRows; ++r) {
    const __m256i eight = W::Folded(dots.sum[r]);
    const __m256i four =
        _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(eight)),
                         _mm256_cvtepi32_epi64(_mm256_extracti128_si256(eight, 1)));
    const __m128i two =
        _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    sums[r] += _mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1);
  }
}

// The products of elements [begin, begin + in.count).
template <typename W, typename T, typename Sum>
[[gnu::always_inline]] inline void AddPiece(const DotRows<T>& dots, const DotInput<W>& in,
                                            std::ptrdiff_t begin, Sum* sums) {
  const auto zero = W::Set(dots.weights_zero);
  const int8_t* weights = dots.weights + begin;
  int32_t i = 0;
  for (; i + 4 <= dots.rows; i += 4, weights += 4 * dots.row)
    AddSums<W>(Products<W, 4>(in, weights, dots.row, zero), sums + i);
  for (; i < dots.rows; ++i, weights += dots.row)
    AddSums<W>(Products<W, 1>(in, weights, dots.row, zero), sums + i);
}

template <typename W>
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  constexpr std::ptrdiff_t kPiece = kDotElements<W>;
  int16_t x[kPiece];
  const auto zero = W::Set(dots.x_zero);
  for (std::ptrdiff_t begin = 0; begin < dots.count; begin += kPiece) {
    const std::ptrdiff_t left = dots.count - begin;
    DotInput<W> in(x, left < kPiece ? left : kPiece);
    const int8_t* from = dots.x + begin;
    for (std::ptrdiff_t i = 0; i + W::kCount <= in.count; i += W::kCount)
      W::StoreWords(x + i, W::Subtract(W::LoadBytes(from + i), zero));
    if (in.Ends())
      in.rest = W::Last(W::Subtract(W::LoadBytes(from + (in.count - W::kCount)), zero), in.left);
    else
      in.rest = W::First(W::Subtract(W::LoadBytes(from, in.left), zero), in.left);
    AddPiece<W>(dots, in, begin, sums);
  }
}

template <typename W>
void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  constexpr std::ptrdiff_t kPiece = kDotElements<W>;
  // A difference of 17 bits.
  if (dots.x_zero != 0) return scalar::kIntegerLoops.add_dots_s16(dots, sums);
  for (std::ptrdiff_t begin = 0; begin < dots.count; begin += kPiece) {
    const std::ptrdiff_t left = dots.count - begin;
    DotInput<W> in(dots.x + begin, left < kPiece ? left : kPiece);
    if (in.Ends())
      in.rest = W::Last(W::LoadWords(in.x + (in.count - W::kCount)), in.left);
    else
      in.rest = W::LoadWords(in.x, in.left);
    AddPiece<W>(dots, in, begin, sums);
  }
}

}  // namespace moonlet::integer_lanes
