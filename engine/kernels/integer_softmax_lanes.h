// engine/kernels/integer_softmax_lanes.h - rows of SOFTMAX for integer_loops_lanes.h, over 16
// entries at a time.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"
#include "engine/kernels/softmax_tables.h"

namespace moonlet::integer_lanes {

// Multiplies by the factors of bits kPower and above of the remainder, as ExpOnNegative does.
template <typename L, int kPower>
[[gnu::always_inline]] inline typename L::Vector WithPowers(typename L::Vector result,
                                                            typename L::Vector remainder) {
  if constexpr (kPower == kDifferenceBits) {
    return result;
  } else {
    constexpr int kFirst = 31 - kDifferenceBits;  // the bit of 2^0
    const auto more = L::HighMul(result, L::Set(kExpOfPowers[kPower + 2]));
    const auto has = L::template HasBit<kFirst + kPower>(remainder);
    return WithPowers<L, kPower + 1>(L::Select(has, more, result), remainder);
  }
}

// ExpOnNegative(kDifferenceBits, a), step by step.
template <typename L>
[[gnu::always_inline]] inline typename L::Vector ExpOfDifference(typename L::Vector a) {
  using Vector = typename L::Vector;
  constexpr int32_t kQuarter = 1 << (31 - kDifferenceBits - 2);
  const Vector u = L::Subtract(L::And(a, L::Set(kQuarter - 1)), L::Set(kQuarter));
  const Vector x = L::Add(L::template ShiftLeft<kDifferenceBits>(u), L::Set(1 << 28));
  const Vector x2 = L::HighMul(x, x);
  const Vector x3 = L::HighMul(x2, x);
  const Vector x4 = L::HighMul(x2, x2);  // not negative
  const Vector fourth = L::template ShiftRight<2>(L::Add(x4, L::Set(2)));
  const Vector sum = L::Add(L::HighMul(L::Add(fourth, x3), L::Set(kOneThird)), x2);
  // A half goes away from zero.
  const Vector away = L::Add(L::template ShiftRight<31>(sum), L::Set(1));
  const Vector tail = L::template ShiftRight<1>(L::Add(sum, away));
  const Vector eighth = L::Set(kExpOfMinusEighth);
  const Vector first = L::Add(eighth, L::HighMul(eighth, L::Add(x, tail)));
  const Vector result = WithPowers<L, -2>(first, L::Subtract(u, a));
  return L::Select(L::Negative(a), result, L::Set(kInt32Max));
}

// The largest of x, 16 at a time; those behind the end do not count.
template <typename L, typename Load>
[[gnu::always_inline]] inline int32_t LargestOf(int32_t depth, Load load) {
  auto largest = L::Set(kInt32Min);
  int32_t i = 0;
  for (; i + 16 <= depth; i += 16) largest = L::Larger(largest, load(i, 16));
  if (i < depth) {
    const auto last = L::Select(L::First(depth - i), load(i, depth - i), largest);
    largest = L::Larger(largest, last);
  }
  return L::Largest(largest);
}

// exp(x - largest) of int8 entries; 0 where it is too small to count.
template <typename L>
class RowExponentials {
 public:
  using Vector = typename L::Vector;
  // Entries at a time, whose rounded sum fits int32.
  static constexpr int32_t kPiece = 128;

  [[gnu::always_inline]] inline RowExponentials(const SoftmaxS8Params& p, const int8_t* x)
      : x_(x),
        value_(L::Set(p.scale.value)),
        lowest_(L::Set(p.lowest_difference)),
        shift_(p.scale.shift) {
    largest_ = L::Set(LargestOf<L>(p.depth, [&](int32_t i, int32_t n) { return Load(i, n); }));
  }
  // Those of `count` entries from `first` on, with zeros up to the next 16, and their sum with
  // kSumBits integer bits.
  [[gnu::always_inline]] inline int32_t Take(int32_t first, int32_t count,
                                             int32_t (&values)[kPiece]) const {
    Vector sum = L::Set(0);
    for (int32_t i = 0; i < count; i += 16) {
      const int32_t n = count - i < 16 ? count - i : 16;
      const Vector difference = L::Subtract(Load(first + i, n), largest_);
      const Vector scaled = L::HighMul(L::ShiftLeft(difference, shift_), value_);
      Vector e = L::Select(L::Above(lowest_, difference), L::Set(0), ExpOfDifference<L>(scaled));
      if (n < 16) e = L::Select(L::First(n), e, L::Set(0));
      const Vector raised = L::Add(e, L::Set(1 << (kSumBits - 1)));
      sum = L::Add(sum, L::template ShiftDown<kSumBits>(raised));
      L::StoreNumbers(values + i, e);
    }
    return L::Sum(sum);
  }

 private:
  [[gnu::always_inline]] inline Vector Load(int32_t i, int32_t n) const {
    return L::Widened(n < 16 ? L::LoadBytes(x_ + i, n) : L::LoadBytes(x_ + i));
  }

  const int8_t* x_;
  Vector value_, lowest_, largest_;
  int shift_;
};

// How probabilities, not yet clamped from above, are written.
template <typename L>
[[gnu::always_inline]] inline void StoreProbabilities(int8_t* to, typename L::Vector a, int32_t n) {
  const typename L::Packer pack({-128, -128, 127});
  const __m128i bytes = L::Pack(pack, a);
  if (n < 16) return L::StoreBytes(to, bytes, n);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
}
template <typename L>
[[gnu::always_inline]] inline void StoreProbabilities(int16_t* to, typename L::Vector a,
                                                      int32_t n) {
  const auto words = L::Clamped(L::Add(a, L::Set(-32768)), -32768, 32767);
  if (n < 16) return L::StoreWords(to, words, n);
  L::StoreWords(to, words);
}

template <typename L, typename To>
void SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, To* output) {
  // All lanes take as long as three entries by themselves.
  if (p.depth < 4) return scalar::SoftmaxS8Row(p, x, output);
  constexpr int32_t kPiece = RowExponentials<L>::kPiece;
  const RowExponentials<L> exponentials(p, x);
  int32_t values[kPiece];
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; i += kPiece)
    total += exponentials.Take(i, p.depth - i < kPiece ? p.depth - i : kPiece, values);
  const auto sum = static_cast<int32_t>(total < kInt32Max ? total : kInt32Max);
  const Reciprocal inverse = MakeReciprocal(sum, kSumBits);
  const auto factor = L::Set(inverse.value);
  const int shift = inverse.exponent + 31 - 8 * static_cast<int>(sizeof(To));
  const auto half = L::Set(shift <= 31 ? static_cast<int32_t>(1u << (shift - 1)) : 0);
  for (int32_t i = 0; i < p.depth; i += 16) {
    const int32_t left = p.depth - i, at = i % kPiece;
    // Those of a short row are still there.
    if (at == 0 && p.depth > kPiece) exponentials.Take(i, left < kPiece ? left : kPiece, values);
    const auto scaled = L::HighMul(factor, L::LoadNumbers(values + at));
    StoreProbabilities<L>(output + i, L::ShiftDown(L::Add(scaled, half), shift), left);
  }
}

// The function of a table over all of int16, interpolated.
template <typename L>
[[gnu::always_inline]] inline typename L::Vector Interpolated(const int16_t (&table)[513],
                                                              typename L::Vector x) {
  const auto i = L::Add(L::template ShiftRight<7>(x), L::Set(256));
  const auto both = L::LoadNeighbours(table, i);
  const auto low = L::template ShiftRight<16>(L::template ShiftLeft<16>(both));
  const auto slope = L::Subtract(L::template ShiftRight<16>(both), low);
  const auto rise = L::Multiply(slope, L::And(x, L::Set(127)));
  return L::Add(low, L::template ShiftRight<7>(L::Add(rise, L::Set(64))));
}

template <typename L>
void SoftmaxS16Row(const SoftmaxS16Params& p, const int16_t* x, int16_t* output) {
  using Vector = typename L::Vector;
  // Up to there the sum fits int32.
  if (p.depth > 1 << 16) return scalar::SoftmaxS16Row(p, x, output);
  const auto load = [](const int16_t* from, int32_t n) {
    return n < 16 ? L::LoadWords(from, n) : L::LoadWords(from);
  };
  const auto store = [](int16_t* to, Vector a, int32_t n) {
    if (n < 16) return L::StoreWords(to, a, n);
    L::StoreWords(to, a);
  };
  const Vector largest =
      L::Set(LargestOf<L>(p.depth, [&](int32_t i, int32_t n) { return load(x + i, n); }));
  const typename L::Requantizer rescale(BlockOf(p.scale));
  Vector sum = L::Set(0);
  for (int32_t i = 0; i < p.depth; i += 16) {
    const int32_t left = p.depth - i;
    const Vector scaled = rescale(L::Subtract(load(x + i, left), largest));
    const Vector at = L::Clamped(L::Add(scaled, L::Set(32767)), -32768, 32767);
    Vector e = Interpolated<L>(kExpTable, at);
    if (left < 16) e = L::Select(L::First(left), e, L::Set(0));
    store(output + i, e, left);
    sum = L::Add(sum, e);
  }
  const SoftmaxReciprocalS16 inverse = MakeSoftmaxReciprocalS16(L::Sum(sum));
  for (int32_t i = 0; i < p.depth; i += 16) {
    const int32_t left = p.depth - i;
    const Vector scaled = L::Multiply(load(output + i, left), L::Set(inverse.value));
    const Vector rounded = L::Add(scaled, L::Set(1 << (inverse.bits - 1)));
    store(output + i, L::Clamped(L::ShiftRight(rounded, inverse.bits), 0, 32767), left);
  }
}

}  // namespace moonlet::integer_lanes
