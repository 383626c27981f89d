// engine/kernels/integer_lanes_avx512.h - 16 int32 lanes for the loops of
// integer_loops_lanes.h, in one register.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/requantize_avx512.h"

namespace moonlet::avx512vnni {

struct IntegerLanes {
  using Vector = __m512i;
  using Requantizer = avx512::Requantizer;
  using RightRequantizer = avx512::RightRequantizer;
  using ReluRequantizer = avx512::ReluRequantizer;
  using Packer = avx512::OutputPackerS8;

  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  // The first n of 16, zeros behind.
  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    return _mm_maskz_loadu_epi8(static_cast<__mmask16>((1u << n) - 1), from);
  }
  [[gnu::always_inline]] static inline void StoreBytes(int8_t* to, __m128i bytes,
                                                       std::ptrdiff_t n) {
    _mm_mask_storeu_epi8(to, static_cast<__mmask16>((1u << n) - 1), bytes);
  }
  [[gnu::always_inline]] static inline Vector Widened(__m128i bytes) {
    return _mm512_cvtepi8_epi32(bytes);
  }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) { return _mm512_set1_epi32(x); }
  [[gnu::always_inline]] static inline Vector Add(Vector a, Vector b) {
    return _mm512_add_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm512_sub_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector And(Vector a, Vector b) {
    return _mm512_and_si512(a, b);
  }
  [[gnu::always_inline]] static inline Vector Multiply(Vector a, Vector b) {
    return _mm512_mullo_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a, int n) {
    return _mm512_sll_epi32(a, _mm_cvtsi32_si128(n));
  }
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a, int n) {
    return _mm512_sra_epi32(a, _mm_cvtsi32_si128(n));
  }
  // a / n, truncated, where both are exact in float32.
  [[gnu::always_inline]] static inline Vector Divided(Vector a, float n) {
    return _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(a), _mm512_set1_ps(n)));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    return _mm512_cvtepi16_epi32(
        _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << n) - 1), from));
  }
  // Values within int16.
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(a));
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a, std::ptrdiff_t n) {
    _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << n) - 1), _mm512_cvtepi32_epi16(a));
  }
  [[gnu::always_inline]] static inline Vector Clamped(Vector a, int32_t min, int32_t max) {
    return _mm512_min_epi32(_mm512_max_epi32(a, _mm512_set1_epi32(min)), _mm512_set1_epi32(max));
  }
  // Results of the requantisers, as bytes.
  [[gnu::always_inline]] static inline __m128i Pack(const Packer& pack, Vector a) {
    return pack(a);
  }
};

// 32 lanes of int16.
struct WordLanes {
  using Vector = __m512i;
  static constexpr std::ptrdiff_t kCount = 32;

  [[gnu::always_inline]] static inline Vector Zero() { return _mm512_setzero_si512(); }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return _mm512_set1_epi16(static_cast<int16_t>(x));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    const auto live = static_cast<__mmask32>((uint64_t{1} << n) - 1);
    return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(live, from));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm512_loadu_si512(from);
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    return _mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint64_t{1} << n) - 1), from);
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm512_storeu_si512(to, a);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm512_sub_epi16(a, b);
  }
  // sum + the products of a pair of neighbours, in int32.
  [[gnu::always_inline]] static inline Vector AddProducts(Vector sum, Vector a, Vector b) {
    return _mm512_dpwssd_epi32(sum, a, b);
  }
  // Neighbours of int32 added up in two halves.
  [[gnu::always_inline]] static inline __m256i Folded(Vector a) {
    return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
  }
};

}  // namespace moonlet::avx512vnni
