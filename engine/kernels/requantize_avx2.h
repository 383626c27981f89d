// engine/kernels/requantize_avx2.h - Rescale (fixed_point.h) of 8 channels at once: the arithmetic
// of requantize_avx512.h, with 64-bit shifts of unsigned numbers for want of others. Products are
// raised by 2^63 for that, results lowered again by 2^(32-n).
#pragma once
#include <immintrin.h>

#include "engine/kernels/activation.h"
#include "engine/kernels/requantize_factors.h"

namespace moonlet::avx2 {

class Requantizer {
 public:
  // Channels `first` and 7 more of the block; `first` is 0 or 8.
  [[gnu::always_inline]] inline Requantizer(const ChannelBlock& block, int32_t first) {
    const __m256i shift = Load(block.shift + first);
    const __m256i none = _mm256_setzero_si256();
    left_ = _mm256_max_epi32(shift, none);
    const __m256i right = _mm256_max_epi32(_mm256_sub_epi32(none, shift), none);
    multiplier_ = Load(block.multiplier + first);
    // Shifts of 32 and more give 0, as wanted for n = 0.
    offset_ =
        _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_sub_epi32(_mm256_set1_epi32(32), right));
    const __m256i even = _mm256_and_si256(right, _mm256_set1_epi64x(0xFFFFFFFF));
    even_ = HalfConstants(even);
    odd_ = HalfConstants(_mm256_srli_epi64(right, 32));
    // The one product of two int32 that does not fit; a second rounding hides it.
    const __m256i least = _mm256_set1_epi32(kInt32Min);
    saturates_ =
        _mm256_and_si256(_mm256_cmpeq_epi32(multiplier_, least), _mm256_cmpeq_epi32(right, none));
  }
  [[gnu::always_inline]] inline __m256i operator()(__m256i sums) const {
    const __m256i x = _mm256_sllv_epi32(sums, left_);
    const __m256i even = Half(_mm256_mul_epi32(x, multiplier_), even_);
    const __m256i odd =
        Half(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier_, 32)), odd_);
    const __m256i joined = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    const __m256i result = _mm256_sub_epi32(joined, offset_);
    const __m256i least = _mm256_cmpeq_epi32(x, _mm256_set1_epi32(kInt32Min));
    // kInt32Min there becomes kInt32Max.
    return _mm256_xor_si256(result, _mm256_and_si256(least, saturates_));
  }

 private:
  struct Constants {
    __m256i round;
    __m256i negative;  // less for a negative product
    __m256i shift;
  };
  [[gnu::always_inline]] static inline __m256i Load(const int32_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  [[gnu::always_inline]] static inline Constants HalfConstants(__m256i right) {
    const __m256i first = _mm256_set1_epi64x(int64_t{1} << 30);
    const __m256i once = _mm256_cmpeq_epi64(right, _mm256_setzero_si256());
    const __m256i second = _mm256_andnot_si256(once, _mm256_sllv_epi64(first, right));
    const __m256i raised = _mm256_add_epi64(first, _mm256_set1_epi64x(INT64_MIN));
    return {_mm256_add_epi64(raised, second),
            _mm256_andnot_si256(once, _mm256_set1_epi64x(-(int64_t{1} << 31))),
            _mm256_add_epi64(right, _mm256_set1_epi64x(31))};
  }
  [[gnu::always_inline]] static inline __m256i Half(__m256i product, const Constants& c) {
    const __m256i negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), product);
    const __m256i rounded = _mm256_add_epi64(_mm256_add_epi64(product, c.round),
                                             _mm256_and_si256(negative, c.negative));
    return _mm256_srlv_epi64(rounded, c.shift);
  }

  __m256i left_, multiplier_, offset_, saturates_;
  Constants even_, odd_;
};

// As ReluRequantizer of requantize_avx512.h, where no multiplier is negative: then sums below 0
// may as well be 0.
class ReluRequantizer {
 public:
  [[gnu::always_inline]] static inline bool Has(const ChannelBlock& block, const OutputS8& output) {
    bool has = output.min >= output.zero;
    for (int32_t c = 0; c < kChannelBlock; ++c)
      has = has && block.shift[c] < 0 && block.multiplier[c] >= 0;
    return has;
  }
  // Channels `first` and 7 more of the block; `first` is 0 or 8.
  [[gnu::always_inline]] inline ReluRequantizer(const ChannelBlock& block, int32_t first) {
    const __m256i none = _mm256_setzero_si256();
    const __m256i right = _mm256_sub_epi32(none, Load(block.shift + first));
    const __m256i even = _mm256_blend_epi32(right, none, 0xAA);
    const __m256i odd = _mm256_srli_epi64(right, 32);
    const __m256i round = _mm256_set1_epi64x(int64_t{1} << 30);
    even_multiplier_ = Load(block.multiplier + first);
    odd_multiplier_ = _mm256_srli_epi64(even_multiplier_, 32);
    even_round_ = _mm256_add_epi64(round, _mm256_sllv_epi64(round, even));
    odd_round_ = _mm256_add_epi64(round, _mm256_sllv_epi64(round, odd));
    even_shift_ = _mm256_add_epi64(even, _mm256_set1_epi64x(31));
    // The result of odd channels stays in the upper half, where it belongs.
    odd_shift_ = _mm256_sub_epi64(odd, _mm256_set1_epi64x(1));
  }
  [[gnu::always_inline]] inline __m256i operator()(__m256i sums) const {
    const __m256i x = _mm256_max_epi32(sums, _mm256_setzero_si256());
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, even_multiplier_), even_round_);
    const __m256i odd =
        _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), odd_multiplier_), odd_round_);
    return _mm256_blend_epi32(_mm256_srlv_epi64(even, even_shift_),
                              _mm256_srlv_epi64(odd, odd_shift_), 0xAA);
  }

 private:
  [[gnu::always_inline]] static inline __m256i Load(const int32_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }

  __m256i even_multiplier_, odd_multiplier_;
  __m256i even_round_, odd_round_;
  __m256i even_shift_, odd_shift_;
};

// Adds an output's zero point and clamps: results of 2 vectors as 16 bytes, in their order.
class OutputPackerS8 {
 public:
  [[gnu::always_inline]] inline explicit OutputPackerS8(const OutputS8& output)
      : zero_(_mm256_set1_epi32(output.zero)),
        min_(_mm_set1_epi8(static_cast<char>(output.min))),
        max_(_mm_set1_epi8(static_cast<char>(output.max))) {}

  [[gnu::always_inline]] inline __m128i operator()(__m256i a, __m256i b) const {
    const __m256i words =
        _mm256_packs_epi32(_mm256_add_epi32(a, zero_), _mm256_add_epi32(b, zero_));
    // The quarters are a's first, b's first, a's second, b's second.
    const __m256i ordered = _mm256_permute4x64_epi64(words, 0xD8);
    const __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    return _mm_min_epi8(_mm_max_epi8(bytes, min_), max_);
  }

 private:
  __m256i zero_;
  __m128i min_, max_;
};

}  // namespace moonlet::avx2
