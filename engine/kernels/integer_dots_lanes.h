// engine/kernels/integer_dots_lanes.h - inner products for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

// The products of x, widened and padded with zeros to whole vectors, with so many rows from
// `weights` on.
template <typename W, int kRows>
struct DotSums {
  typename W::Vector sum[kRows];

  [[gnu::always_inline]] inline DotSums(const int16_t* x, std::ptrdiff_t count,
                                        const int8_t* weights, std::ptrdiff_t row,
                                        typename W::Vector zero) {
    for (auto& s : sum) s = W::Zero();
    std::ptrdiff_t i = 0;
    for (; i + W::kCount <= count; i += W::kCount) {
      const auto words = W::LoadWords(x + i);
      for (int r = 0; r < kRows; ++r) {
        const auto w = W::LoadBytes(weights + r * row + i);
        sum[r] = W::AddProducts(sum[r], words, W::Subtract(w, zero));
      }
    }
    if (i == count) return;
    const auto words = W::LoadWords(x + i, count - i);
    for (int r = 0; r < kRows; ++r) {
      const auto w = W::LoadBytes(weights + r * row + i, count - i);
      sum[r] = W::AddProducts(sum[r], words, W::Subtract(w, zero));
    }
  }
};

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

template <typename W, typename T, typename Sum>
[[gnu::always_inline]] inline void AddPiece(const DotRows<T>& dots, const int16_t* x,
                                            std::ptrdiff_t begin, std::ptrdiff_t count, Sum* sums) {
  const auto zero = W::Set(dots.weights_zero);
  const int8_t* weights = dots.weights + begin;
  int32_t i = 0;
  for (; i + 4 <= dots.rows; i += 4, weights += 4 * dots.row)
    AddSums<W>(DotSums<W, 4>(x, count, weights, dots.row, zero), sums + i);
  for (; i < dots.rows; ++i, weights += dots.row)
    AddSums<W>(DotSums<W, 1>(x, count, weights, dots.row, zero), sums + i);
}

template <typename W>
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  constexpr std::ptrdiff_t kPiece = kDotElements<W>;
  int16_t x[kPiece];
  const auto zero = W::Set(dots.x_zero);
  for (std::ptrdiff_t begin = 0; begin < dots.count; begin += kPiece) {
    const std::ptrdiff_t left = dots.count - begin;
    const std::ptrdiff_t count = left < kPiece ? left : kPiece;
    const int8_t* from = dots.x + begin;
    std::ptrdiff_t i = 0;
    for (; i + W::kCount <= count; i += W::kCount)
      W::StoreWords(x + i, W::Subtract(W::LoadBytes(from + i), zero));
    if (i < count) W::StoreWords(x + i, W::Subtract(W::LoadBytes(from + i, count - i), zero));
    AddPiece<W>(dots, x, begin, count, sums);
  }
}

template <typename W>
void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  constexpr std::ptrdiff_t kPiece = kDotElements<W>;
  // A difference of 17 bits.
  if (dots.x_zero != 0) return scalar::kIntegerLoops.add_dots_s16(dots, sums);
  for (std::ptrdiff_t begin = 0; begin < dots.count; begin += kPiece) {
    const std::ptrdiff_t left = dots.count - begin;
    AddPiece<W>(dots, dots.x + begin, begin, left < kPiece ? left : kPiece, sums);
  }
}

}  // namespace moonlet::integer_lanes
