// engine/kernels/requantize_avx512.h - Rescale (fixed_point.h) of 16 channels at once.
//
// Both roundings are one: with P = sum * m, n the right shift and floors collapsing,
//   floor((floor((P + 2^30) / 2^31) + 2^(n-1) - [P < 0]) / 2^n)
//     = floor((P + 2^30 + 2^(30+n) - [P < 0] 2^31) / 2^(31+n)),
// for n >= 1; the reference's condition is P + 2^30 < 0, which makes a difference only where both
// sides are 0. Nothing overflows in 64 bits. For n = 0 the second rounding is not there.
#pragma once
#include <immintrin.h>

#include "engine/kernels/activation.h"
#include "engine/kernels/requantize_factors.h"

namespace moonlet::avx512 {

// Every channel shifts right: what nearly all layers have, and the cheaper way.
class RightRequantizer {
 public:
  [[gnu::always_inline]] static inline bool Has(const ChannelBlock& block) {
    return _mm512_movepi32_mask(_mm512_loadu_si512(block.shift)) == 0xFFFF;
  }
  [[gnu::always_inline]] inline explicit RightRequantizer(const ChannelBlock& block) {
    const __m512i right = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(block.shift));
    even_multiplier_ = _mm512_loadu_si512(block.multiplier);
    odd_multiplier_ = _mm512_srli_epi64(even_multiplier_, 32);
    const __m512i even = _mm512_and_si512(right, _mm512_set1_epi64(0xFFFFFFFF));
    const __m512i odd = _mm512_srli_epi64(right, 32);
    const __m512i first = _mm512_set1_epi64(int64_t{1} << 30);
    even_round_ = _mm512_add_epi64(first, _mm512_sllv_epi64(first, even));
    odd_round_ = _mm512_add_epi64(first, _mm512_sllv_epi64(first, odd));
    even_shift_ = _mm512_add_epi64(even, _mm512_set1_epi64(31));
    // The result of odd channels stays in the upper half, where it belongs.
    odd_shift_ = _mm512_sub_epi64(odd, _mm512_set1_epi64(1));
  }
  [[gnu::always_inline]] inline __m512i operator()(__m512i sums) const {
    const __m512i even = Half(_mm512_mul_epi32(sums, even_multiplier_), even_round_, even_shift_);
    const __m512i odd = Half(_mm512_mul_epi32(_mm512_srli_epi64(sums, 32), odd_multiplier_),
                             odd_round_, odd_shift_);
    return _mm512_mask_blend_epi32(0xAAAA, even, odd);
  }

 private:
  [[gnu::always_inline]] static inline __m512i Half(__m512i product, __m512i round, __m512i shift) {
    const __mmask8 negative = _mm512_movepi64_mask(product);
    const __m512i rounded = _mm512_add_epi64(product, round);
    const __m512i away =
        _mm512_mask_sub_epi64(rounded, negative, rounded, _mm512_set1_epi64(int64_t{1} << 31));
    return _mm512_srav_epi64(away, shift);
  }

  __m512i even_multiplier_, odd_multiplier_;
  __m512i even_round_, odd_round_;
  __m512i even_shift_, odd_shift_;
};

// Every channel shifts right and the output is clamped at its zero point or above it, as by a
// ReLU: what is negative need not be rounded right, as long as it stays at 0 or below. The
// cheapest way.
class ReluRequantizer {
 public:
  [[gnu::always_inline]] static inline bool Has(const ChannelBlock& block, const OutputS8& output) {
    return output.min >= output.zero && RightRequantizer::Has(block);
  }
  [[gnu::always_inline]] inline explicit ReluRequantizer(const ChannelBlock& block) {
    const __m512i right = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(block.shift));
    even_multiplier_ = _mm512_loadu_si512(block.multiplier);
    odd_multiplier_ = _mm512_srli_epi64(even_multiplier_, 32);
    const __m512i even = _mm512_and_si512(right, _mm512_set1_epi64(0xFFFFFFFF));
    const __m512i odd = _mm512_srli_epi64(right, 32);
    const __m512i first = _mm512_set1_epi64(int64_t{1} << 30);
    even_round_ = _mm512_add_epi64(first, _mm512_sllv_epi64(first, even));
    odd_round_ = _mm512_add_epi64(first, _mm512_sllv_epi64(first, odd));
    even_shift_ = _mm512_add_epi64(even, _mm512_set1_epi64(31));
    // As RightRequantizer has it.
    odd_shift_ = _mm512_sub_epi64(odd, _mm512_set1_epi64(1));
  }
  [[gnu::always_inline]] inline __m512i operator()(__m512i sums) const {
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(sums, even_multiplier_), even_round_);
    const __m512i odd = _mm512_add_epi64(
        _mm512_mul_epi32(_mm512_srli_epi64(sums, 32), odd_multiplier_), odd_round_);
    return _mm512_mask_blend_epi32(0xAAAA, _mm512_srav_epi64(even, even_shift_),
                                   _mm512_srav_epi64(odd, odd_shift_));
  }

 private:
  __m512i even_multiplier_, odd_multiplier_;
  __m512i even_round_, odd_round_;
  __m512i even_shift_, odd_shift_;
};

// Any factors.
class Requantizer {
 public:
  [[gnu::always_inline]] inline explicit Requantizer(const ChannelBlock& block) {
    const __m512i shift = _mm512_loadu_si512(block.shift);
    const __m512i none = _mm512_setzero_si512();
    left_ = _mm512_max_epi32(shift, none);
    right_ = _mm512_max_epi32(_mm512_sub_epi32(none, shift), none);
    multiplier_ = _mm512_loadu_si512(block.multiplier);
  }
  [[gnu::always_inline]] inline __m512i operator()(__m512i sums) const {
    const __m512i x = _mm512_sllv_epi32(sums, left_);
    const __m512i even = Half(_mm512_mul_epi32(x, multiplier_),
                              _mm512_and_si512(right_, _mm512_set1_epi64(0xFFFFFFFF)));
    const __m512i odd =
        Half(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multiplier_, 32)),
             _mm512_srli_epi64(right_, 32));
    const __m512i joined = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
    return Saturated(joined, x);
  }

 private:
  [[gnu::always_inline]] static inline __m512i Half(__m512i product, __m512i right) {
    const __m512i first = _mm512_set1_epi64(int64_t{1} << 30);
    const __mmask8 twice = _mm512_test_epi64_mask(right, right);
    const __mmask8 negative = _mm512_movepi64_mask(product);
    __m512i t = _mm512_add_epi64(product, first);
    t = _mm512_mask_add_epi64(t, twice, t, _mm512_sllv_epi64(first, right));
    t = _mm512_mask_sub_epi64(t, static_cast<__mmask8>(twice & negative), t,
                              _mm512_set1_epi64(int64_t{1} << 31));
    return _mm512_srav_epi64(t, _mm512_add_epi64(right, _mm512_set1_epi64(31)));
  }
  // The one product of two int32 that does not fit: a second rounding would hide it.
  [[gnu::always_inline]] inline __m512i Saturated(__m512i result, __m512i x) const {
    const __m512i least = _mm512_set1_epi32(kInt32Min);
    __mmask16 both = _mm512_cmpeq_epi32_mask(x, least);
    both = _mm512_mask_cmpeq_epi32_mask(both, multiplier_, least);
    both = _mm512_mask_testn_epi32_mask(both, right_, right_);
    return _mm512_mask_mov_epi32(result, both, _mm512_set1_epi32(kInt32Max));
  }

  __m512i left_, right_, multiplier_;
};

// Adds an output's zero point and clamps: results of 4 vectors as 64 bytes, in their order.
class OutputPackerS8 {
 public:
  [[gnu::always_inline]] inline explicit OutputPackerS8(const OutputS8& output)
      : zero_(_mm512_set1_epi32(output.zero)),
        min_(_mm512_set1_epi8(static_cast<char>(output.min))),
        max_(_mm512_set1_epi8(static_cast<char>(output.max))) {}

  // The 16 bytes of one.
  [[gnu::always_inline]] inline __m128i operator()(__m512i a) const {
    const __m128i bytes = _mm512_cvtsepi32_epi8(_mm512_add_epi32(a, zero_));
    return _mm_min_epi8(_mm_max_epi8(bytes, _mm512_castsi512_si128(min_)),
                        _mm512_castsi512_si128(max_));
  }
  [[gnu::always_inline]] inline __m512i operator()(__m512i a, __m512i b, __m512i c,
                                                   __m512i d) const {
    const __m512i ab = _mm512_packs_epi32(_mm512_add_epi32(a, zero_), _mm512_add_epi32(b, zero_));
    const __m512i cd = _mm512_packs_epi32(_mm512_add_epi32(c, zero_), _mm512_add_epi32(d, zero_));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packs_epi16(ab, cd));
    return _mm512_min_epi8(_mm512_max_epi8(bytes, min_), max_);
  }

 private:
  __m512i zero_, min_, max_;
};

}  // namespace moonlet::avx512
