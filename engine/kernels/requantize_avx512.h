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

// Every channel shifts right, by no more than lets an output's zero point take part in the
// rounding: what nearly all layers have, and the cheaper way. With a zero point of 0 every right
// shift may.
class RightFactors {
 public:
  [[gnu::always_inline]] static inline bool Has(const ChannelBlock& block) {
    const __m512i most = _mm512_set1_epi32(kMostShift);
    const __m512i above = _mm512_add_epi32(_mm512_loadu_si512(block.shift), most);
    return _mm512_cmplt_epu32_mask(above, most) == 0xFFFF;
  }

 protected:
  [[gnu::always_inline]] inline RightFactors(const ChannelBlock& block, int32_t zero) {
    const __m512i right = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(block.shift));
    even_multiplier_ = _mm512_loadu_si512(block.multiplier);
    odd_multiplier_ = _mm512_srli_epi64(even_multiplier_, 32);
    even_round_ = Round(_mm512_and_si512(right, _mm512_set1_epi64(0xFFFFFFFF)), zero);
    odd_round_ = Round(_mm512_srli_epi64(right, 32), zero);
    shift_ = _mm512_sub_epi32(right, _mm512_set1_epi32(1));
  }
  [[gnu::always_inline]] inline __m512i Even(__m512i sums) const {
    return _mm512_mul_epi32(sums, even_multiplier_);
  }
  // By a shuffle, which the port for shifts and products has no part in.
  [[gnu::always_inline]] inline __m512i Odd(__m512i sums) const {
    const __m512i odd = _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(sums)));
    return _mm512_mul_epi32(odd, odd_multiplier_);
  }
  // Both shifts are one of the upper halves, the first by 32.
  [[gnu::always_inline]] inline __m512i Rounded(__m512i even, __m512i odd) const {
    const __m512i upper =
        _mm512_setr_epi32(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    const __m512i joined = _mm512_permutex2var_epi32(_mm512_add_epi64(even, even_round_), upper,
                                                     _mm512_add_epi64(odd, odd_round_));
    return _mm512_srav_epi32(joined, shift_);
  }

 private:
  static constexpr int32_t kMostShift = 23;

  [[gnu::always_inline]] static inline __m512i Round(__m512i right, int32_t zero) {
    const __m512i once = _mm512_set1_epi64(int64_t{1} << 30);
    const __m512i twice = _mm512_set1_epi64((int64_t{1} << 30) + zero * (int64_t{1} << 31));
    return _mm512_add_epi64(once, _mm512_sllv_epi64(twice, right));
  }

  __m512i even_multiplier_, odd_multiplier_;
  __m512i even_round_, odd_round_;
  __m512i shift_;
};

// Results with `zero` added, as all requantizers give them.
class RightRequantizer : public RightFactors {
 public:
  [[gnu::always_inline]] inline explicit RightRequantizer(const ChannelBlock& block,
                                                          int32_t zero = 0)
      : RightFactors(block, zero) {}
  [[gnu::always_inline]] inline __m512i operator()(__m512i sums) const {
    return Rounded(Away(Even(sums)), Away(Odd(sums)));
  }

 private:
  [[gnu::always_inline]] static inline __m512i Away(__m512i product) {
    return _mm512_mask_sub_epi64(product, _mm512_movepi64_mask(product), product,
                                 _mm512_set1_epi64(int64_t{1} << 31));
  }
};

// The output is clamped at its zero point or above it, as by a ReLU: what is negative need not be
// rounded right, as long as it stays at the zero point or below. The cheapest way.
class ReluRequantizer : public RightFactors {
 public:
  [[gnu::always_inline]] static inline bool Has(const ChannelBlock& block, const OutputS8& output) {
    return output.min >= output.zero && RightFactors::Has(block);
  }
  [[gnu::always_inline]] inline explicit ReluRequantizer(const ChannelBlock& block,
                                                         int32_t zero = 0)
      : RightFactors(block, zero) {}
  [[gnu::always_inline]] inline __m512i operator()(__m512i sums) const {
    return Rounded(Even(sums), Odd(sums));
  }
};

// Any factors.
class Requantizer {
 public:
  [[gnu::always_inline]] inline explicit Requantizer(const ChannelBlock& block, int32_t zero = 0)
      : zero_(_mm512_set1_epi32(zero)) {
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
    return _mm512_add_epi32(Saturated(joined, x), zero_);
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

  __m512i left_, right_, multiplier_, zero_;
};

// Clamps results of 4 vectors to an output's range: 64 bytes, in their order.
class ClampPackerS8 {
 public:
  [[gnu::always_inline]] inline explicit ClampPackerS8(const OutputS8& output)
      : min_(_mm512_set1_epi8(static_cast<char>(output.min))),
        max_(_mm512_set1_epi8(static_cast<char>(output.max))) {}

  // The 16 bytes of one.
  [[gnu::always_inline]] inline __m128i operator()(__m512i a) const {
    return _mm_min_epi8(_mm_max_epi8(_mm512_cvtsepi32_epi8(a), _mm512_castsi512_si128(min_)),
                        _mm512_castsi512_si128(max_));
  }
  [[gnu::always_inline]] inline __m512i operator()(__m512i a, __m512i b, __m512i c,
                                                   __m512i d) const {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_permutexvar_epi32(
        order, _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d)));
    return _mm512_min_epi8(_mm512_max_epi8(bytes, min_), max_);
  }

 private:
  __m512i min_, max_;
};

// The same after adding the output's zero point.
class OutputPackerS8 {
 public:
  [[gnu::always_inline]] inline explicit OutputPackerS8(const OutputS8& output)
      : zero_(_mm512_set1_epi32(output.zero)), clamp_(output) {}

  [[gnu::always_inline]] inline __m128i operator()(__m512i a) const {
    return clamp_(_mm512_add_epi32(a, zero_));
  }

 private:
  __m512i zero_;
  ClampPackerS8 clamp_;
};

}  // namespace moonlet::avx512
