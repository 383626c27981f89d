// dsp/fir_mve.h - sixteen outputs of a FIR at a time with Helium, part of
// filter_kernels_scalar.cc: each lane is a chain of its own.
#pragma once
#include <arm_mve.h>

#include <cstddef>

namespace moonlet::dsp::MOONLET_SCALAR {
namespace {

inline void FirSixteen(const float* taps, size_t count, const float* x, float* y) {
  float32x4_t a = vdupq_n_f32(0), b = a, c = a, d = a;
  for (size_t k = 0; k < count; ++k) {
    const float* at = x - k;
    a = vfmaq_n_f32(a, vldrwq_f32(at), taps[k]);
    b = vfmaq_n_f32(b, vldrwq_f32(at + 4), taps[k]);
    c = vfmaq_n_f32(c, vldrwq_f32(at + 8), taps[k]);
    d = vfmaq_n_f32(d, vldrwq_f32(at + 12), taps[k]);
  }
  vstrwq_f32(y, a);
  vstrwq_f32(y + 4, b);
  vstrwq_f32(y + 8, c);
  vstrwq_f32(y + 12, d);
}

}  // namespace
}  // namespace moonlet::dsp::MOONLET_SCALAR
