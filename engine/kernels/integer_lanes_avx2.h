// engine/kernels/integer_lanes_avx2.h - 16 int32 lanes for the loops of integer_loops_lanes.h,
// in two registers.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/kernels/requantize_avx2.h"

namespace moonlet::avx2 {

struct IntegerLanes {
  struct Vector {
    __m256i low, high;
  };
  template <typename Rescale>
  class Pair {
   public:
    [[gnu::always_inline]] inline explicit Pair(const ChannelBlock& block)
        : low_(block, 0), high_(block, 8) {}
    [[gnu::always_inline]] inline Vector operator()(Vector sums) const {
      return {low_(sums.low), high_(sums.high)};
    }

   private:
    Rescale low_, high_;
  };
  using Requantizer = Pair<avx2::Requantizer>;
  using RightRequantizer = Requantizer;
  using ReluRequantizer = Pair<avx2::ReluRequantizer>;
  using Packer = OutputPackerS8;

  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  // The first n of 16, zeros behind.
  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    int8_t some[16] = {};
    std::memcpy(some, from, static_cast<size_t>(n));
    return LoadBytes(some);
  }
  [[gnu::always_inline]] static inline void StoreBytes(int8_t* to, __m128i bytes,
                                                       std::ptrdiff_t n) {
    int8_t some[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(some), bytes);
    std::memcpy(to, some, static_cast<size_t>(n));
  }
  [[gnu::always_inline]] static inline Vector Widened(__m128i bytes) {
    return {_mm256_cvtepi8_epi32(bytes), _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))};
  }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)};
  }
  [[gnu::always_inline]] static inline Vector Add(Vector a, Vector b) {
    return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector And(Vector a, Vector b) {
    return {_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector Multiply(Vector a, Vector b) {
    return {_mm256_mullo_epi32(a.low, b.low), _mm256_mullo_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a, int n) {
    const __m128i count = _mm_cvtsi32_si128(n);
    return {_mm256_sll_epi32(a.low, count), _mm256_sll_epi32(a.high, count)};
  }
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a, int n) {
    const __m128i count = _mm_cvtsi32_si128(n);
    return {_mm256_sra_epi32(a.low, count), _mm256_sra_epi32(a.high, count)};
  }
  // a / n, truncated, where both are exact in float32.
  [[gnu::always_inline]] static inline Vector Divided(Vector a, float n) {
    const __m256 by = _mm256_set1_ps(n);
    return {_mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(a.low), by)),
            _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(a.high), by))};
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    const auto* halves = reinterpret_cast<const __m128i*>(from);
    return {_mm256_cvtepi16_epi32(_mm_loadu_si128(halves)),
            _mm256_cvtepi16_epi32(_mm_loadu_si128(halves + 1))};
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    int16_t some[16] = {};
    std::memcpy(some, from, static_cast<size_t>(n) * sizeof(int16_t));
    return LoadWords(some);
  }
  // Values within int16.
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    // The quarters are the first of low and high, then the second.
    const __m256i words = _mm256_packs_epi32(a.low, a.high);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permute4x64_epi64(words, 0xD8));
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a, std::ptrdiff_t n) {
    int16_t some[16];
    StoreWords(some, a);
    std::memcpy(to, some, static_cast<size_t>(n) * sizeof(int16_t));
  }
  [[gnu::always_inline]] static inline Vector Clamped(Vector a, int32_t min, int32_t max) {
    const __m256i low = _mm256_set1_epi32(min);
    const __m256i high = _mm256_set1_epi32(max);
    return {_mm256_min_epi32(_mm256_max_epi32(a.low, low), high),
            _mm256_min_epi32(_mm256_max_epi32(a.high, low), high)};
  }
  // Results of the requantisers, as bytes.
  [[gnu::always_inline]] static inline __m128i Pack(const Packer& pack, Vector a) {
    return pack(a.low, a.high);
  }
};

// 16 lanes of int16.
struct WordLanes {
  using Vector = __m256i;
  static constexpr std::ptrdiff_t kCount = 16;

  [[gnu::always_inline]] static inline Vector Zero() { return _mm256_setzero_si256(); }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return _mm256_set1_epi16(static_cast<int16_t>(x));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    return _mm256_cvtepi8_epi16(IntegerLanes::LoadBytes(from, n));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    int16_t some[kCount] = {};
    std::memcpy(some, from, static_cast<size_t>(n) * sizeof(int16_t));
    return LoadWords(some);
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm256_sub_epi16(a, b);
  }
  // sum + the products of a pair of neighbours, in int32.
  [[gnu::always_inline]] static inline Vector AddProducts(Vector sum, Vector a, Vector b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
  }
  [[gnu::always_inline]] static inline __m256i Folded(Vector a) { return a; }
};

}  // namespace moonlet::avx2
