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

// Elements at a time: those whose sum, 32768 * 255 everywhere, fits int32.
inline constexpr std::ptrdiff_t kDotElements = 256;

template <typename W>
[[gnu::always_inline]] inline __m128i Summed(const DotSums<W, 4>& dots) {
  const __m256i low = _mm256_hadd_epi32(W::Folded(dots.sum[0]), W::Folded(dots.sum[1]));
  const __m256i high = _mm256_hadd_epi32(W::Folded(dots.sum[2]), W::Folded(dots.sum[3]));
  const __m256i all = _mm256_hadd_epi32(low, high);
  return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}
template <typename W>
[[gnu::always_inline]] inline int32_t Summed(const DotSums<W, 1>& dots) {
  const __m256i eight = W::Folded(dots.sum[0]);
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}
template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 4>& dots, int32_t* sums) {
  auto* to = reinterpret_cast<__m128i*>(sums);
  _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), Summed(dots)));
}
template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 1>& dots, int32_t* sums) {
  *sums = static_cast<int32_t>(static_cast<uint32_t>(*sums) + static_cast<uint32_t>(Summed(dots)));
}
template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 4>& dots, int64_t* sums) {
  auto* to = reinterpret_cast<__m256i*>(sums);
  const __m256i four = _mm256_cvtepi32_epi64(Summed(dots));
  _mm256_storeu_si256(to, _mm256_add_epi64(_mm256_loadu_si256(to), four));
}
template <typename W>
[[gnu::always_inline]] inline void AddSums(const DotSums<W, 1>& dots, int64_t* sums) {
  *sums += Summed(dots);
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
  constexpr std::ptrdiff_t kPiece = kDotElements;
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
  constexpr std::ptrdiff_t kPiece = kDotElements;
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

// The products of kRows rows from `weights` on, over all lines.
template <typename W, int kRows>
[[gnu::always_inline]] inline DotSums<W, kRows> LineProducts(const DotLines<int16_t>& dots,
                                                             const int8_t* weights) {
  DotSums<W, kRows> products;
  for (auto& s : products.sum) s = W::Zero();
  const int16_t* x = dots.x;
  const std::ptrdiff_t left = dots.count % W::kCount;
  for (int32_t line = 0; line < dots.lines; ++line, x += dots.x_line) {
    std::ptrdiff_t i = 0;
    for (; i + W::kCount <= dots.count; i += W::kCount) {
      const auto words = W::LoadWords(x + i);
      for (int r = 0; r < kRows; ++r)
        products.sum[r] =
            W::AddProducts(products.sum[r], words, W::LoadBytes(weights + r * dots.row + i));
    }
    if (i > 0 && left > 0) {  // once more what lies before the end, as zero
      const std::ptrdiff_t at = dots.count - W::kCount;
      const auto words = W::Last(W::LoadWords(x + at), left);
      for (int r = 0; r < kRows; ++r)
        products.sum[r] =
            W::AddProducts(products.sum[r], words, W::LoadBytes(weights + r * dots.row + at));
    } else if (left > 0) {
      const auto words = W::LoadWords(x, left);
      for (int r = 0; r < kRows; ++r)
        products.sum[r] =
            W::AddProducts(products.sum[r], words, W::LoadBytes(weights + r * dots.row, left));
    }
    weights += dots.weights_line;
  }
  return products;
}

template <typename W>
void AddLinesS16(const DotLines<int16_t>& dots, int64_t* sums) {
  DotLines<int16_t> some = dots;
  some.lines = static_cast<int32_t>(kDotElements / dots.count);
  for (int32_t line = 0; line < dots.lines;) {
    if (some.lines == 0) {  // a line by itself is too long
      AddDotsS16<W>({some.x, 0, some.weights, 0, dots.row, dots.count, dots.rows}, sums);
      line += 1;
      some.x += dots.x_line;
      some.weights += dots.weights_line;
      continue;
    }
    if (some.lines > dots.lines - line) some.lines = dots.lines - line;
    const int8_t* weights = some.weights;
    int32_t i = 0;
    for (; i + 4 <= dots.rows; i += 4, weights += 4 * dots.row)
      AddSums<W>(LineProducts<W, 4>(some, weights), sums + i);
    for (; i < dots.rows; ++i, weights += dots.row)
      AddSums<W>(LineProducts<W, 1>(some, weights), sums + i);
    line += some.lines;
    some.x += some.lines * dots.x_line;
    some.weights += some.lines * dots.weights_line;
  }
}

}  // namespace moonlet::integer_lanes
