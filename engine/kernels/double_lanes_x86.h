// engine/kernels/double_lanes_x86.h - eight doubles at a time, in one register with AVX-512 and in
// two with AVX2, for the loops over doubles that are written once and compiled for both.
//
// All is local to the file that includes it, so the linker cannot give code for one instruction
// set a function of another.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/double_loops.h"

namespace moonlet {
namespace {

inline constexpr int kLanes = 8;  // of doubles

// The first `count` of four elements; no byte of the others is touched.
inline __m128i FirstOfFour(std::ptrdiff_t count) {
  return _mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int>(count)), _mm_setr_epi32(0, 1, 2, 3));
}

#if defined(__AVX512F__)

// gcc 12 warns of what its functions without a mask do.
inline constexpr __mmask8 kAll = 0xFF;

struct Lanes {
  __m512d all;
};

inline Lanes Load(const double* x) { return {_mm512_loadu_pd(x)}; }
inline void Store(double* y, Lanes x) { _mm512_storeu_pd(y, x.all); }
inline Lanes Broadcast(double x) { return {_mm512_set1_pd(x)}; }
inline Lanes Plus(Lanes a, Lanes b) { return {a.all + b.all}; }
inline Lanes Minus(Lanes a, Lanes b) { return {a.all - b.all}; }
inline Lanes Times(Lanes a, Lanes b) { return {a.all * b.all}; }
// a > b ? a : b
inline Lanes Larger(Lanes a, Lanes b) { return {_mm512_maskz_max_pd(kAll, a.all, b.all)}; }
inline Lanes Magnitude(Lanes x) {
  return {_mm512_castsi512_pd(_mm512_castpd_si512(x.all) & _mm512_set1_epi64(INT64_MAX))};
}
inline Lanes FromFloats(__m256 x) { return {_mm512_maskz_cvtps_pd(kAll, x)}; }

// The first `count` lanes, 0 to 8. What is not live loads as zero and is not stored.
struct Live {
  explicit Live(std::ptrdiff_t count) : mask(static_cast<__mmask8>((1u << count) - 1)) {}
  __mmask8 mask;
};
inline Lanes Load(const double* x, Live live) { return {_mm512_maskz_loadu_pd(live.mask, x)}; }
inline void Store(double* y, Lanes x, Live live) { _mm512_mask_storeu_pd(y, live.mask, x.all); }
inline Lanes LoadFloats(const float* x, Live live) {
  return FromFloats(_mm256_maskz_loadu_ps(live.mask, x));
}
// a where live, else b.
inline Lanes Select(Live live, Lanes a, Lanes b) {
  return {_mm512_mask_blend_pd(live.mask, b.all, a.all)};
}

// Four columns of eight rows of four.
inline void Transpose(const __m256d (&rows)[kLanes], Lanes (&columns)[4]) {
  const auto pair = [&](int r) {
    return _mm512_maskz_insertf64x4(kAll, _mm512_castpd256_pd512(rows[r]), rows[r + 2], 1);
  };
  const __m512d a = pair(0), b = pair(1), c = pair(4), d = pair(5);
  const __m512d even0 = _mm512_maskz_unpacklo_pd(kAll, a, b);
  const __m512d odd0 = _mm512_maskz_unpackhi_pd(kAll, a, b);
  const __m512d even4 = _mm512_maskz_unpacklo_pd(kAll, c, d);
  const __m512d odd4 = _mm512_maskz_unpackhi_pd(kAll, c, d);
  columns[0] = {_mm512_maskz_shuffle_f64x2(kAll, even0, even4, 0x88)};
  columns[1] = {_mm512_maskz_shuffle_f64x2(kAll, odd0, odd4, 0x88)};
  columns[2] = {_mm512_maskz_shuffle_f64x2(kAll, even0, even4, 0xDD)};
  columns[3] = {_mm512_maskz_shuffle_f64x2(kAll, odd0, odd4, 0xDD)};
}

#else

struct Lanes {
  __m256d low, high;
};

inline Lanes Load(const double* x) { return {_mm256_loadu_pd(x), _mm256_loadu_pd(x + 4)}; }
inline void Store(double* y, Lanes x) {
  _mm256_storeu_pd(y, x.low);
  _mm256_storeu_pd(y + 4, x.high);
}
inline Lanes Broadcast(double x) { return {_mm256_set1_pd(x), _mm256_set1_pd(x)}; }
inline Lanes Plus(Lanes a, Lanes b) { return {a.low + b.low, a.high + b.high}; }
inline Lanes Minus(Lanes a, Lanes b) { return {a.low - b.low, a.high - b.high}; }
inline Lanes Times(Lanes a, Lanes b) { return {a.low * b.low, a.high * b.high}; }
inline Lanes Larger(Lanes a, Lanes b) {
  return {_mm256_max_pd(a.low, b.low), _mm256_max_pd(a.high, b.high)};
}
inline Lanes Magnitude(Lanes x) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  return {_mm256_andnot_pd(sign, x.low), _mm256_andnot_pd(sign, x.high)};
}
inline Lanes FromFloats(__m256 x) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1))};
}

struct Live {
  explicit Live(std::ptrdiff_t count) {
    all = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                             _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(all));
    high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(all, 1));
  }
  __m256i all, low, high;
};
inline Lanes Load(const double* x, Live live) {
  return {_mm256_maskload_pd(x, live.low), _mm256_maskload_pd(x + 4, live.high)};
}
inline void Store(double* y, Lanes x, Live live) {
  _mm256_maskstore_pd(y, live.low, x.low);
  _mm256_maskstore_pd(y + 4, live.high, x.high);
}
inline Lanes LoadFloats(const float* x, Live live) {
  return FromFloats(_mm256_maskload_ps(x, live.all));
}
// a where live, else b.
inline Lanes Select(Live live, Lanes a, Lanes b) {
  return {_mm256_blendv_pd(b.low, a.low, _mm256_castsi256_pd(live.low)),
          _mm256_blendv_pd(b.high, a.high, _mm256_castsi256_pd(live.high))};
}

inline void TransposeHalf(const __m256d* rows, __m256d (&columns)[4]) {
  const __m256d even0 = _mm256_unpacklo_pd(rows[0], rows[1]);
  const __m256d odd0 = _mm256_unpackhi_pd(rows[0], rows[1]);
  const __m256d even2 = _mm256_unpacklo_pd(rows[2], rows[3]);
  const __m256d odd2 = _mm256_unpackhi_pd(rows[2], rows[3]);
  columns[0] = _mm256_permute2f128_pd(even0, even2, 0x20);
  columns[1] = _mm256_permute2f128_pd(odd0, odd2, 0x20);
  columns[2] = _mm256_permute2f128_pd(even0, even2, 0x31);
  columns[3] = _mm256_permute2f128_pd(odd0, odd2, 0x31);
}

inline void Transpose(const __m256d (&rows)[kLanes], Lanes (&columns)[4]) {
  __m256d low[4], high[4];
  TransposeHalf(rows, low);
  TransposeHalf(rows + 4, high);
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) columns[c] = {low[c], high[c]};
}

#endif

// All of eight lanes.
struct Whole {};
inline Lanes Load(const double* x, Whole) { return Load(x); }
inline Lanes LoadFloats(const float* x, Whole) { return FromFloats(_mm256_loadu_ps(x)); }

// Eight rows of floats: rows 0 and 4, 1 and 5, 2 and 6, 3 and 7 in the halves of a register.
inline void Transpose(const __m256 (&pairs)[4], Lanes (&columns)[4]) {
  const __m256 front0 = _mm256_unpacklo_ps(pairs[0], pairs[1]);
  const __m256 back0 = _mm256_unpackhi_ps(pairs[0], pairs[1]);
  const __m256 front2 = _mm256_unpacklo_ps(pairs[2], pairs[3]);
  const __m256 back2 = _mm256_unpackhi_ps(pairs[2], pairs[3]);
  columns[0] = FromFloats(_mm256_shuffle_ps(front0, front2, 0x44));
  columns[1] = FromFloats(_mm256_shuffle_ps(front0, front2, 0xEE));
  columns[2] = FromFloats(_mm256_shuffle_ps(back0, back2, 0x44));
  columns[3] = FromFloats(_mm256_shuffle_ps(back0, back2, 0xEE));
}

// Where eight rows begin; those past the last are the last once more.
template <typename T>
struct EightRows {
  const T* at[kLanes];

  static EightRows Of(const T* data, std::ptrdiff_t count, std::ptrdiff_t width) {
    EightRows rows;
#pragma GCC unroll 8
    for (int r = 0; r < kLanes; ++r) rows.at[r] = data + (r < count ? r : count - 1) * width;
    return rows;
  }
};

// Columns j to j + 3; of those from `live` on nothing is read.
inline void LoadColumns(const EightRows<float>& rows, std::ptrdiff_t j, Lanes (&columns)[4]) {
  __m256 pairs[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r)
    pairs[r] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows.at[r] + j)),
                                    _mm_loadu_ps(rows.at[r + 4] + j), 1);
  Transpose(pairs, columns);
}
inline void LoadColumns(const EightRows<float>& rows, std::ptrdiff_t j, std::ptrdiff_t live,
                        Lanes (&columns)[4]) {
  const __m128i mask = FirstOfFour(live);
  __m256 pairs[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r)
    pairs[r] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_maskload_ps(rows.at[r] + j, mask)),
                                    _mm_maskload_ps(rows.at[r + 4] + j, mask), 1);
  Transpose(pairs, columns);
}
inline void LoadColumns(const EightRows<double>& rows, std::ptrdiff_t j, Lanes (&columns)[4]) {
  __m256d quads[kLanes];
#pragma GCC unroll 8
  for (int r = 0; r < kLanes; ++r) quads[r] = _mm256_loadu_pd(rows.at[r] + j);
  Transpose(quads, columns);
}
inline void LoadColumns(const EightRows<double>& rows, std::ptrdiff_t j, std::ptrdiff_t live,
                        Lanes (&columns)[4]) {
  const __m256i mask = _mm256_cvtepi32_epi64(FirstOfFour(live));
  __m256d quads[kLanes];
#pragma GCC unroll 8
  for (int r = 0; r < kLanes; ++r) quads[r] = _mm256_maskload_pd(rows.at[r] + j, mask);
  Transpose(quads, columns);
}

// Calls take(j, column j) for all columns of up to eight rows, in order.
template <typename T, typename Take>
inline void EachColumn(const EightRows<T>& rows, std::ptrdiff_t width, const Take& take) {
  std::ptrdiff_t j = 0;
  for (; j + 4 <= width; j += 4) {
    Lanes columns[4];
    LoadColumns(rows, j, columns);
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) take(j + c, columns[c]);
  }
  if (j == width) return;
  Lanes columns[4];
  LoadColumns(rows, j, width - j, columns);
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c)
    if (j + c < width) take(j + c, columns[c]);
}

// The first `count` of eight to y[0], y[step], ...
inline void Scatter(Lanes x, std::ptrdiff_t count, double* y, std::ptrdiff_t step) {
  double each[kLanes];
  Store(each, x);
  for (std::ptrdiff_t r = 0; r < count; ++r) y[r * step] = each[r];
}

}  // namespace
}  // namespace moonlet
