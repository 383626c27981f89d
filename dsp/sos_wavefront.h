// dsp/sos_wavefront.h - four sections at a time on x86-64 with FMA3, part of
// filter_kernels_scalar.cc: lane j works at section j, j samples behind lane 0. Each section does
// what it does by itself, in the same order, so the bits are those of sos_scalar.h.
#pragma once
#include <immintrin.h>

#include "dsp/filter_kernels.h"

namespace moonlet::dsp::MOONLET_SCALAR {
namespace {

// The coefficients and states of up to four sections, one lane each.
struct SectionLanes {
  __m128 b0, b1, b2, minus_a1, minus_a2, s1, s2;
};

inline __m128 Gather(const RunningSection* s, size_t count, float RunningSection::*field,
                     float sign) {
  alignas(16) float lanes[4] = {};
  for (size_t j = 0; j < count; ++j) lanes[j] = sign * s[j].*field;
  return _mm_load_ps(lanes);
}

inline void Scatter(__m128 value, RunningSection* s, size_t count, float RunningSection::*field) {
  alignas(16) float lanes[4];
  _mm_store_ps(lanes, value);
  for (size_t j = 0; j < count; ++j) s[j].*field = lanes[j];
}

inline __m128 SmallLanes(__m128 s) {
  return _mm_cmplt_ps(_mm_andnot_ps(_mm_set1_ps(-0.0f), s), _mm_set1_ps(0x1p-100f));
}

// fma(b, v, Settle(s)): whether s is small is found while both answers are computed, which keeps
// the comparison out of the recursion's way.
inline __m128 AddState(__m128 b, __m128 v, __m128 s) {
  return _mm_blendv_ps(_mm_fmadd_ps(b, v, s), _mm_fmadd_ps(b, v, _mm_setzero_ps()), SmallLanes(s));
}

// One step of all lanes: lane 0 takes `x`, the others what their neighbour gave last. The states
// are settled when they are used.
inline __m128 StepLanes(SectionLanes& l, __m128 last, float x) {
  const __m128 v = _mm_move_ss(_mm_shuffle_ps(last, last, _MM_SHUFFLE(2, 1, 0, 0)), _mm_set_ss(x));
  const __m128 y = AddState(l.b0, v, l.s1);
  l.s1 = _mm_fmadd_ps(l.minus_a1, y, AddState(l.b1, v, l.s2));
  l.s2 = _mm_fmadd_ps(l.minus_a2, y, _mm_mul_ps(l.b2, v));
  return y;
}

// A step in which some lanes have no sample yet, or no more: their states stay.
inline __m128 StepSome(SectionLanes& l, __m128 last, float x, __m128 live) {
  const __m128 s1 = l.s1, s2 = l.s2;
  const __m128 y = StepLanes(l, last, x);
  l.s1 = _mm_blendv_ps(s1, l.s1, live);
  l.s2 = _mm_blendv_ps(s2, l.s2, live);
  return y;
}

// Lanes that hold sample t - lane of 0 .. n-1 at step t.
inline __m128 LiveLanes(size_t t, size_t n) {
  const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
  const auto first = static_cast<int>(t >= n ? t - n + 1 : 0);
  const auto last = static_cast<int>(t < 3 ? t : 3);
  return _mm_castsi128_ps(_mm_andnot_si128(_mm_cmpgt_epi32(_mm_set1_epi32(first), lane),
                                           _mm_cmpgt_epi32(_mm_set1_epi32(last + 1), lane)));
}

template <int kLane>
inline void StoreLane(float* y, __m128 lanes) {
  _mm_store_ss(y, _mm_shuffle_ps(lanes, lanes, kLane));
}

template <int kCount>
void Wavefront(RunningSection* s, const float* x, float* y, size_t stride, size_t n) {
  constexpr size_t kBehind = kCount - 1;
  SectionLanes l = {
      Gather(s, kCount, &RunningSection::b0, 1),  Gather(s, kCount, &RunningSection::b1, 1),
      Gather(s, kCount, &RunningSection::b2, 1),  Gather(s, kCount, &RunningSection::a1, -1),
      Gather(s, kCount, &RunningSection::a2, -1), Gather(s, kCount, &RunningSection::s1, 1),
      Gather(s, kCount, &RunningSection::s2, 1)};
  __m128 last = _mm_setzero_ps();
  size_t t = 0;
  for (; t < kBehind; ++t) {
    const __m128 live = LiveLanes(t, n);
    last = StepSome(l, last, t < n ? x[t * stride] : 0, live);
  }
  for (; t < n; ++t) {
    last = StepLanes(l, last, x[t * stride]);
    StoreLane<kBehind>(y + (t - kBehind) * stride, last);
  }
  for (; t < n + kBehind; ++t) {
    last = StepSome(l, last, 0, LiveLanes(t, n));
    StoreLane<kBehind>(y + (t - kBehind) * stride, last);
  }
  Scatter(_mm_andnot_ps(SmallLanes(l.s1), l.s1), s, kCount, &RunningSection::s1);
  Scatter(_mm_andnot_ps(SmallLanes(l.s2), l.s2), s, kCount, &RunningSection::s2);
}

void SosWavefront(RunningSection* sections, size_t count, const float* x, float* y, size_t stride,
                  size_t n) {
  // Two or three lanes gain less than they cost to fill.
  if (n < 4 || count == 1) return Sos(sections, count, x, y, stride, n);
  for (; count > 4; count -= 4, sections += 4) {
    Wavefront<4>(sections, x, y, stride, n);
    x = y;
  }
  if (count == 4) return Wavefront<4>(sections, x, y, stride, n);
  if (count == 3) return Wavefront<3>(sections, x, y, stride, n);
  if (count == 2) return Wavefront<2>(sections, x, y, stride, n);
  Sos(sections, count, x, y, stride, n);
}

}  // namespace
}  // namespace moonlet::dsp::MOONLET_SCALAR
