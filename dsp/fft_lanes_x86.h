// dsp/fft_lanes_x86.h - lanes of 8 and, with AVX-512, 16 numbers for dsp/fft_passes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>

namespace moonlet::dsp {
namespace {

template <class V>
struct Complex;

using Lanes4 = __m128;
using Lanes8 = __m256;
using Lanes16 = __m512;
#if defined(__AVX512F__)
using Wide = Lanes16;
#else
using Wide = Lanes8;
#endif
using Medium = Lanes8;
using Narrow = Lanes4;
inline constexpr bool kSmallCode = false;
using Index8 = int __attribute__((vector_size(32)));
using Index16 = int __attribute__((vector_size(64)));

template <class V>
inline constexpr size_t Width = sizeof(V) / sizeof(float);

inline float Fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline Lanes4 Fma(Lanes4 a, Lanes4 b, Lanes4 c) { return _mm_fmadd_ps(a, b, c); }
inline Lanes8 Fma(Lanes8 a, Lanes8 b, Lanes8 c) { return _mm256_fmadd_ps(a, b, c); }

template <class V>
inline V Load(const float* x) {
  if constexpr (Width<V> == 1) return *x;
  if constexpr (Width<V> == 4) return _mm_loadu_ps(x);
  if constexpr (Width<V> == 8) return _mm256_loadu_ps(x);
#if defined(__AVX512F__)
  if constexpr (Width<V> == 16) return _mm512_loadu_ps(x);
#endif
}
template <class V>
inline V Broadcast(float x) {
  if constexpr (Width<V> == 1) return x;
  if constexpr (Width<V> == 4) return _mm_set1_ps(x);
  if constexpr (Width<V> == 8) return _mm256_set1_ps(x);
#if defined(__AVX512F__)
  if constexpr (Width<V> == 16) return _mm512_set1_ps(x);
#endif
}
inline void Store(float* y, float x) { *y = x; }
inline void Store(float* y, Lanes4 x) { _mm_storeu_ps(y, x); }
inline void Store(float* y, Lanes8 x) { _mm256_storeu_ps(y, x); }

inline float Reverse(float x) { return x; }
inline Lanes8 Reverse(Lanes8 x) { return __builtin_shuffle(x, Index8{7, 6, 5, 4, 3, 2, 1, 0}); }

// Units of U numbers from a and b in turn: from their first halves, and from their second.
template <size_t U>
inline Lanes8 FirstInTurn(Lanes8 a, Lanes8 b) {
  if constexpr (U == 1) return __builtin_shuffle(a, b, Index8{0, 8, 1, 9, 2, 10, 3, 11});
  return _mm256_permute2f128_ps(a, b, 0x20);
}
template <size_t U>
inline Lanes8 SecondInTurn(Lanes8 a, Lanes8 b) {
  if constexpr (U == 1) return __builtin_shuffle(a, b, Index8{4, 12, 5, 13, 6, 14, 7, 15});
  return _mm256_permute2f128_ps(a, b, 0x31);
}
// The even and the odd places of a and b.
inline Lanes8 Even(Lanes8 a, Lanes8 b) {
  return __builtin_shuffle(a, b, Index8{0, 2, 4, 6, 8, 10, 12, 14});
}
inline Lanes8 Odd(Lanes8 a, Lanes8 b) {
  return __builtin_shuffle(a, b, Index8{1, 3, 5, 7, 9, 11, 13, 15});
}

#if defined(__AVX512F__)
inline Lanes16 Fma(Lanes16 a, Lanes16 b, Lanes16 c) { return _mm512_fmadd_ps(a, b, c); }
inline void Store(float* y, Lanes16 x) { _mm512_storeu_ps(y, x); }
inline Lanes16 Reverse(Lanes16 x) {
  return __builtin_shuffle(x, Index16{15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
}
template <size_t U>
inline Lanes16 FirstInTurn(Lanes16 a, Lanes16 b) {
  if constexpr (U == 1) {
    return __builtin_shuffle(a, b, Index16{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
  }
  return __builtin_shuffle(a, b, Index16{0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23});
}
template <size_t U>
inline Lanes16 SecondInTurn(Lanes16 a, Lanes16 b) {
  if constexpr (U == 1) {
    return __builtin_shuffle(a, b,
                             Index16{8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31});
  }
  return __builtin_shuffle(a, b,
                           Index16{8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31});
}
inline Lanes16 Even(Lanes16 a, Lanes16 b) {
  return __builtin_shuffle(a, b,
                           Index16{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30});
}
inline Lanes16 Odd(Lanes16 a, Lanes16 b) {
  return __builtin_shuffle(a, b,
                           Index16{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31});
}
#endif

// y = units of S numbers from a, b, c and d in turn.
template <class V, size_t S>
inline void StoreFours(float* y, V a, V b, V c, V d) {
  const V first_ac = FirstInTurn<S>(a, c), first_bd = FirstInTurn<S>(b, d);
  const V second_ac = SecondInTurn<S>(a, c), second_bd = SecondInTurn<S>(b, d);
  Store(y, FirstInTurn<S>(first_ac, first_bd));
  Store(y + Width<V>, SecondInTurn<S>(first_ac, first_bd));
  Store(y + 2 * Width<V>, FirstInTurn<S>(second_ac, second_bd));
  Store(y + 3 * Width<V>, SecondInTurn<S>(second_ac, second_bd));
}

// Each of the first numbers S times.
template <class V, size_t S>
inline V LoadRepeated(const float* x) {
  if constexpr (S == 1) {
    return Load<V>(x);
  } else if constexpr (Width<V> == 8) {
    return _mm256_set_m128(_mm_set1_ps(x[1]), _mm_set1_ps(x[0]));
  } else {
#if defined(__AVX512F__)
    return __builtin_shuffle(_mm512_castps128_ps512(_mm_loadu_ps(x)),
                             Index16{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
#endif
  }
}

template <class V>
inline Complex<V> LoadPairs(const float* z) {
  if constexpr (Width<V> == 1) {
    return {z[0], z[1]};
  } else {
    const V first = Load<V>(z), second = Load<V>(z + Width<V>);
    return {Even(first, second), Odd(first, second)};
  }
}
inline void StorePairs(float* z, float re, float im) {
  z[0] = re;
  z[1] = im;
}
template <class V>
inline void StorePairs(float* z, V re, V im) {
  Store(z, FirstInTurn<1>(re, im));
  Store(z + Width<V>, SecondInTurn<1>(re, im));
}

}  // namespace
}  // namespace moonlet::dsp
