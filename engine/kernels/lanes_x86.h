// engine/kernels/lanes_x86.h - sixteen floats at a time, in one register with AVX-512 and in two
// with AVX2, for the float kernels that are written once and compiled for both.
//
// All is local to the file that includes it, so the linker cannot give code for one instruction
// set a function of another.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace moonlet {
namespace {

inline constexpr int32_t kRow = 16;
// Adding it changes no sum, not even one of +0.
inline constexpr float kNoBias = -0.0f;

#if defined(__AVX512F__)

using Lanes = __m512;
using Index16 = int __attribute__((vector_size(64)));

inline Lanes LoadRow(const void* x) { return _mm512_loadu_ps(x); }
inline void StoreRow(float* y, Lanes x) { _mm512_storeu_ps(y, x); }
inline Lanes Broadcast(float x) { return _mm512_set1_ps(x); }
inline Lanes Fma(Lanes a, Lanes b, Lanes c) { return _mm512_fmadd_ps(a, b, c); }
inline Lanes Plus(Lanes a, Lanes b) { return _mm512_add_ps(a, b); }
// a > b ? a : b, and a < b ? a : b. gcc 12 warns of what its functions without a mask do.
inline constexpr __mmask16 kAll = 0xFFFF;
inline Lanes Larger(Lanes a, Lanes b) { return _mm512_maskz_max_ps(kAll, a, b); }
inline Lanes Smaller(Lanes a, Lanes b) { return _mm512_maskz_min_ps(kAll, a, b); }

// The first `count` lanes, 0 to 16.
struct Live {
  explicit Live(int32_t count) : mask(static_cast<__mmask16>((1u << count) - 1)) {}
  __mmask16 mask;
};
// What is not live loads as zero, and no byte of it is touched.
inline Lanes LoadRow(const void* x, Live live) { return _mm512_maskz_loadu_ps(live.mask, x); }
inline void StoreRow(float* y, Lanes x, Live live) { _mm512_mask_storeu_ps(y, live.mask, x); }

// The elements of a and b in turn: from their first halves, and from their second.
inline Lanes FirstInTurn(Lanes a, Lanes b) {
  return __builtin_shuffle(a, b, Index16{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
}
inline Lanes SecondInTurn(Lanes a, Lanes b) {
  return __builtin_shuffle(a, b,
                           Index16{8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31});
}

// Lane j of the result is lane index[j] of x.
struct Places {
  explicit Places(const int32_t* index) : lanes(_mm512_loadu_si512(index)) {}
  __m512i lanes;
};
inline Lanes Picked(Lanes x, Places places) {
  return _mm512_maskz_permutexvar_ps(kAll, places.lanes, x);
}

#else

struct Lanes {
  __m256 low, high;
};
using Index8 = int __attribute__((vector_size(32)));

inline const float* Floats(const void* x) { return static_cast<const float*>(x); }
inline Lanes LoadRow(const void* x) {
  return {_mm256_loadu_ps(Floats(x)), _mm256_loadu_ps(Floats(x) + 8)};
}
inline void StoreRow(float* y, Lanes x) {
  _mm256_storeu_ps(y, x.low);
  _mm256_storeu_ps(y + 8, x.high);
}
inline Lanes Broadcast(float x) {
  const __m256 all = _mm256_set1_ps(x);
  return {all, all};
}
inline Lanes Fma(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline Lanes Plus(Lanes a, Lanes b) {
  return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
inline Lanes Larger(Lanes a, Lanes b) {
  return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
inline Lanes Smaller(Lanes a, Lanes b) {
  return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}

struct Live {
  explicit Live(int32_t count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    low = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane);
    high = _mm256_cmpgt_epi32(_mm256_set1_epi32(count - 8), lane);
  }
  __m256i low, high;
};
inline Lanes LoadRow(const void* x, Live live) {
  return {_mm256_maskload_ps(Floats(x), live.low), _mm256_maskload_ps(Floats(x) + 8, live.high)};
}
inline void StoreRow(float* y, Lanes x, Live live) {
  _mm256_maskstore_ps(y, live.low, x.low);
  _mm256_maskstore_ps(y + 8, live.high, x.high);
}

inline __m256 FirstInTurn(__m256 a, __m256 b) {
  return __builtin_shuffle(a, b, Index8{0, 8, 1, 9, 2, 10, 3, 11});
}
inline __m256 SecondInTurn(__m256 a, __m256 b) {
  return __builtin_shuffle(a, b, Index8{4, 12, 5, 13, 6, 14, 7, 15});
}
inline Lanes FirstInTurn(Lanes a, Lanes b) {
  return {FirstInTurn(a.low, b.low), SecondInTurn(a.low, b.low)};
}
inline Lanes SecondInTurn(Lanes a, Lanes b) {
  return {FirstInTurn(a.high, b.high), SecondInTurn(a.high, b.high)};
}

struct Places {
  explicit Places(const int32_t* index) {
    low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index));
    high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index + 8));
  }
  __m256i low, high;
};
inline __m256 Picked(Lanes x, __m256i places) {
  const __m256 from_high = _mm256_castsi256_ps(_mm256_cmpgt_epi32(places, _mm256_set1_epi32(7)));
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(x.low, places),
                          _mm256_permutevar8x32_ps(x.high, places), from_high);
}
inline Lanes Picked(Lanes x, Places places) {
  return {Picked(x, places.low), Picked(x, places.high)};
}

#endif

// 16 rows become 16 columns: each round moves one bit of an element's address, of four that say
// the row and four that say the column, from the front to the end.
inline void Transpose(Lanes (&rows)[kRow]) {
  for (int round = 0; round < 4; ++round) {
    Lanes next[kRow];
#pragma GCC unroll 8
    for (int i = 0; i < kRow / 2; ++i) {
      next[2 * i] = FirstInTurn(rows[i], rows[i + kRow / 2]);
      next[2 * i + 1] = SecondInTurn(rows[i], rows[i + kRow / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRow; ++i) rows[i] = next[i];
  }
}

}  // namespace
}  // namespace moonlet
