#include "engine/kernels/float_math_helium.h"

#include <arm_mve.h>

#include <cstdint>

#include "engine/kernels/float_math_scalar.h"
#include "engine/kernels/float_math_steps.h"

namespace moonlet::mve {
namespace {

struct FourFloats {
  using Real = float32x4_t;
  using Word = uint32x4_t;
  static Real Fma(Real a, Real b, Real c) { return vfmaq_f32(c, a, b); }
  static Real Fma(Real a, float b, Real c) { return vfmaq_n_f32(c, a, b); }
  static Real Fma(Real a, Real b, float c) { return vfmasq_n_f32(a, b, c); }
  static Real Fma(Real a, float b, float c) { return vfmaq_n_f32(vdupq_n_f32(c), a, b); }
  static Word Bits(Real x) { return vreinterpretq_u32_f32(x); }
  static Real FromBits(Word bits) { return vreinterpretq_f32_u32(bits); }
  static Real ToReal(Word x) { return vcvtq_f32_s32(vreinterpretq_s32_u32(x)); }
  template <int kBits>
  static Word ShiftDown(Word x) {
    return vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(x), kBits));
  }
  // Comparisons other than these are true for NaN.
  static mve_pred16_t Above(Real a, float b) { return vcmpgtq_n_f32(a, b); }
  static mve_pred16_t Above(float a, Real b) { return vcmpgtq_f32(vdupq_n_f32(a), b); }
  static mve_pred16_t Same(Real a, float b) { return vcmpeqq_n_f32(a, b); }
  static mve_pred16_t IsNan(Real x) { return vcmpneq_f32(x, x); }
  static Real Select(mve_pred16_t mask, Real a, Real b) { return vpselq_f32(a, b, mask); }
  static Real Select(mve_pred16_t mask, float a, Real b) {
    return vpselq_f32(vdupq_n_f32(a), b, mask);
  }
};
using Math = FloatMath<FourFloats>;

// The last step takes what is left, so that there is but one copy of the function.
template <typename Function>
[[gnu::always_inline]] inline void EachFour(const float* x, float* y, size_t n, Function function) {
  for (size_t count; n > 0; n -= count, x += count, y += count) {
    count = n < 4 ? n : 4;
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(count));
    vstrwq_p_f32(y, function(vldrwq_z_f32(x, live)), live);
  }
}

// Four at a time while all are near zero; `far` takes four that are not.
void SinTurnedEach(const float* x, float* y, size_t n, uint32_t turn,
                   void (*far)(const float*, float*, size_t)) {
  for (size_t count; n > 0; n -= count, x += count, y += count) {
    count = n < 4 ? n : 4;
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(count));
    const float32x4_t four = vldrwq_z_f32(x, live);
    const mve_pred16_t near = Math::Above(Math::kFarAway, Math::Abs(four));
    if (static_cast<uint16_t>(near) != 0xFFFF) {
      far(x, y, count);
    } else {
      vstrwq_p_f32(y, Math::SinTurned(four, turn), live);
    }
  }
}

}  // namespace

void ExpEach(const float* x, float* y, size_t n) {
  EachFour(x, y, n, [](float32x4_t a) { return Math::Exp(a); });
}
void LogEach(const float* x, float* y, size_t n) {
  EachFour(x, y, n, [](float32x4_t a) { return Math::Log(a); });
}
void SinEach(const float* x, float* y, size_t n) {
  SinTurnedEach(x, y, n, 0, scalar::SinEach<float>);
}
void CosEach(const float* x, float* y, size_t n) {
  SinTurnedEach(x, y, n, 1, scalar::CosEach<float>);
}
void TanhEach(const float* x, float* y, size_t n) {
  EachFour(x, y, n, [](float32x4_t a) { return Math::Tanh(a); });
}

}  // namespace moonlet::mve
