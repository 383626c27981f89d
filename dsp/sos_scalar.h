// dsp/sos_scalar.h - the specification of the cascade of second-order sections, part of
// filter_kernels_scalar.cc.
#pragma once
#include "dsp/filter_kernels.h"
#include "engine/kernels/scalar.h"

namespace moonlet::dsp::MOONLET_SCALAR {
namespace {

// A state too small to be heard is 0: so a decay ends before it meets denormals, where x86 and
// Arm round differently.
inline float Settle(float s) { return __builtin_fabsf(s) < 0x1p-100f ? 0.0f : s; }

// Sections inside of the loop over the samples: those of neighbouring samples overlap.
[[maybe_unused]] void Sos(RunningSection* sections, size_t count, const float* x, float* y,
                          size_t stride, size_t n) {
  using moonlet::MOONLET_SCALAR::Fma;
  for (RunningSection* s = sections; s != sections + count; ++s) {
    s->s1 = Settle(s->s1);
    s->s2 = Settle(s->s2);
  }
  for (size_t i = 0; i < n; ++i) {
    float v = x[i * stride];
    for (RunningSection* s = sections; s != sections + count; ++s) {
      const float out = Fma(s->b0, v, s->s1);
      s->s1 = Settle(Fma(-s->a1, out, Fma(s->b1, v, s->s2)));
      s->s2 = Settle(Fma(-s->a2, out, s->b2 * v));
      v = out;
    }
    y[i * stride] = v;
  }
}

}  // namespace
}  // namespace moonlet::dsp::MOONLET_SCALAR
