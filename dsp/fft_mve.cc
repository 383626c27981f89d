// The transforms four numbers at a time, in Helium.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <cstddef>

namespace moonlet::dsp {
namespace {

template <class V>
struct Complex;

using Lanes4 = float32x4_t;
using Wide = Lanes4;
using Medium = Lanes4;
using Narrow = Lanes4;
inline constexpr bool kSmallCode = true;

template <class V>
inline constexpr size_t Width = sizeof(V) / sizeof(float);

inline float Fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline Lanes4 Fma(Lanes4 a, Lanes4 b, Lanes4 c) { return vfmaq_f32(c, a, b); }

template <class V>
inline V Load(const float* x) {
  if constexpr (Width<V> == 1) {
    return *x;
  } else {
    return vld1q_f32(x);
  }
}
template <class V>
inline V Broadcast(float x) {
  if constexpr (Width<V> == 1) {
    return x;
  } else {
    return vdupq_n_f32(x);
  }
}
inline void Store(float* y, float x) { *y = x; }
inline void Store(float* y, Lanes4 x) { vst1q_f32(y, x); }

// gcc 12 gives interleaving loads and stores addresses that the assembler refuses, unless it
// cannot see where they come from.
template <class Pointer>
inline Pointer Plain(Pointer p) {
  asm("" : "+r"(p));
  return p;
}

inline float Reverse(float x) { return x; }
inline Lanes4 Reverse(Lanes4 x) {
  const Lanes4 pairs = vrev64q_f32(x);
  Lanes4 y = vsetq_lane_f32(vgetq_lane_f32(pairs, 2), pairs, 0);
  y = vsetq_lane_f32(vgetq_lane_f32(pairs, 3), y, 1);
  y = vsetq_lane_f32(vgetq_lane_f32(pairs, 0), y, 2);
  return vsetq_lane_f32(vgetq_lane_f32(pairs, 1), y, 3);
}

template <class V>
inline Complex<V> LoadPairs(const float* z) {
  if constexpr (Width<V> == 1) {
    return {z[0], z[1]};
  } else {
    const float32x4x2_t both = vld2q_f32(Plain(z));
    return {both.val[0], both.val[1]};
  }
}
inline void StorePairs(float* z, float re, float im) {
  z[0] = re;
  z[1] = im;
}
inline void StorePairs(float* z, Lanes4 re, Lanes4 im) {
  const float32x4x2_t both = {{re, im}};
  vst2q_f32(Plain(z), both);
}

template <class V, size_t S>
inline V LoadRepeated(const float* x) {
  static_assert(S == 1);
  return Load<V>(x);
}
template <class V, size_t S>
inline void StoreFours(float* y, V a, V b, V c, V d) {
  static_assert(S == 1);
  const float32x4x4_t all = {{a, b, c, d}};
  vst4q_f32(Plain(y), all);
}

}  // namespace
}  // namespace moonlet::dsp

#include "dsp/fft_passes.h"

namespace moonlet::dsp::mve {
const FftKernels kFft = kTable;
}  // namespace moonlet::dsp::mve
#endif
