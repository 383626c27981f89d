#include "engine/kernels/float_math_scalar.h"

#include "engine/base/libm.h"
#include "engine/kernels/float_math_steps.h"
#include "engine/kernels/half_pi.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

struct OneFloat {
  using Real = float;
  using Word = uint32_t;
  static float Fma(float a, float b, float c) { return MOONLET_SCALAR::Fma(a, b, c); }
  static uint32_t Bits(float x) { return __builtin_bit_cast(uint32_t, x); }
  static float FromBits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
  static float ToReal(uint32_t x) { return static_cast<float>(static_cast<int32_t>(x)); }
  template <int kBits>
  static uint32_t ShiftDown(uint32_t x) {
    return static_cast<uint32_t>(static_cast<int32_t>(x) >> kBits);
  }
  static bool Above(float a, float b) { return a > b; }
  static bool Same(float a, float b) { return a == b; }
  static bool IsNan(float x) { return x != x; }
  static float Select(bool mask, float a, float b) { return mask ? a : b; }
};
using Math = FloatMath<OneFloat>;

// Far from zero, where 24 bits of pi/2 say nothing about the angle.
float SinFar(float x, uint32_t turn) {
  const float magnitude = Math::Abs(x);
  if (!(magnitude < Math::kInfinity)) return Math::kNan;
  const HalfPiRemainder far = RemainderOfHalfPi(Math::Bits(magnitude));
  return Math::SinOf({far.quadrant, far.r, far.low}, turn, turn == 0 ? Math::Bits(x) : 0);
}

inline void SinTurnedRow(const float* x, float* y, size_t n, uint32_t turn) {
  uint32_t far = 0;
  for (size_t j = 0; j < n; ++j) far |= Math::Abs(x[j]) < Math::kFarAway ? 0u : 1u;
  if (far == 0) {
    for (size_t j = 0; j < n; ++j) y[j] = Math::SinTurned(x[j], turn);
  } else {
    for (size_t j = 0; j < n; ++j)
      y[j] = Math::Abs(x[j]) < Math::kFarAway ? Math::SinTurned(x[j], turn) : SinFar(x[j], turn);
  }
}

inline void SinTurnedEach(const float* x, float* y, size_t n, uint32_t turn) {
  constexpr size_t kRow = 16;
  size_t i = 0;
  for (; n - i >= kRow; i += kRow) SinTurnedRow(x + i, y + i, kRow, turn);
  SinTurnedRow(x + i, y + i, n - i, turn);
}

}  // namespace

template <>
void ExpEach(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Math::Exp(x[i]);
}
template <>
void LogEach(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Math::Log(x[i]);
}
template <>
void SinEach(const float* x, float* y, size_t n) {
  SinTurnedEach(x, y, n, 0);
}
template <>
void CosEach(const float* x, float* y, size_t n) {
  SinTurnedEach(x, y, n, 1);
}
template <>
void TanhEach(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Math::Tanh(x[i]);
}

template <>
void ExpEach(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = moonlet_exp(x[i]);
}
template <>
void LogEach(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = moonlet_log(x[i]);
}
template <>
void SinEach(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = moonlet_sin(x[i]);
}
template <>
void CosEach(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = moonlet_cos(x[i]);
}
template <>
void TanhEach(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = moonlet_tanh(x[i]);
}

}  // namespace moonlet::MOONLET_SCALAR
