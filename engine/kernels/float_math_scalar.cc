// float32 exp, log, sin, cos and tanh over add, mul, fma, integer operations, compare
// and select: what every target's vector unit has. The polynomials are those of the
// Cephes library (Moshier), the evaluation is ours: each step below is part of the
// specification. Accuracy against double: docs/floats.md.
#include "engine/kernels/float_math_scalar.h"

#include "engine/base/libm.h"
#include "engine/kernels/half_pi.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

constexpr float kInfinity = __builtin_inff();
constexpr float kNan = __builtin_nanf("");
// Adding it rounds to an integer, ties to even, which then stands in the low bits.
constexpr float kRounder = 0x1.8p23f;

inline uint32_t Bits(float x) { return __builtin_bit_cast(uint32_t, x); }
inline float FromBits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
inline float Abs(float x) { return FromBits(Bits(x) & 0x7FFFFFFFu); }
inline float WithSignOf(float magnitude, float sign) {
  return FromBits(Bits(magnitude) | (Bits(sign) & 0x80000000u));
}
// 2^n for -126 <= n <= 127.
inline float PowerOfTwo(int32_t n) { return FromBits(static_cast<uint32_t>(n + 127) << 23); }

// ln 2 in two parts. The first has 15 bits, so n times it is exact.
constexpr float kLn2High = 0x1.62e4p-1f;
constexpr float kLn2Low = 0x1.7f7d1cp-20f;

// exp(x) for |x| <= 104, not yet rounded to a range: 2^n (1 + r + r^2 p(r)).
inline float ExpInRange(float x) {
  const float shifted = Fma(x, 0x1.715476p0f, kRounder);
  const float n = shifted - kRounder;
  const float high = Fma(n, -kLn2High, x);  // exact
  const float low = n * -kLn2Low;
  const float r = high + low;
  float p = 1.9875691500E-4f;
  p = Fma(p, r, 1.3981999507E-3f);
  p = Fma(p, r, 8.3334519073E-3f);
  p = Fma(p, r, 4.1665795894E-2f);
  p = Fma(p, r, 1.6666665459E-1f);
  p = Fma(p, r, 5.0000001201E-1f);
  const float result = (high + Fma(r * r, p, low)) + 1.0f;
  // In two steps: 2^n alone may be above or below the range of float.
  const int32_t exponent = static_cast<int32_t>(Bits(shifted) - Bits(kRounder));
  const int32_t half = exponent >> 1;
  return result * PowerOfTwo(half) * PowerOfTwo(exponent - half);
}

inline float Exp(float x) {
  float inside = x > 89.0f ? 89.0f : x;
  inside = inside < -104.0f ? -104.0f : inside;
  float result = ExpInRange(inside);
  // Below the logarithm of 2^-126 the result is a denormal, hence 0.
  result = x < -0x1.5d589ep6f ? 0.0f : result;
  result = x > 0x1.62e42ep6f ? kInfinity : result;
  return x != x ? kNan : result;
}

// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
inline float Log(float x) {
  constexpr uint32_t kRootHalf = 0x3F3504F3u;
  const uint32_t shifted = Bits(x) - kRootHalf;
  const float e = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
  const float f = FromBits((shifted & 0x007FFFFFu) + kRootHalf) - 1.0f;
  const float square = f * f;
  float p = 7.0376836292E-2f;
  p = Fma(p, f, -1.1514610310E-1f);
  p = Fma(p, f, 1.1676998740E-1f);
  p = Fma(p, f, -1.2420140846E-1f);
  p = Fma(p, f, 1.4249322787E-1f);
  p = Fma(p, f, -1.6668057665E-1f);
  p = Fma(p, f, 2.0000714765E-1f);
  p = Fma(p, f, -2.4999993993E-1f);
  p = Fma(p, f, 3.3333331174E-1f);
  // f - f^2/2 + f^3 p(f) + e ln 2, the small parts first.
  float low = Fma(e, kLn2Low, f * square * p);
  low = Fma(-0.5f, square, low);
  float result = Fma(e, kLn2High, low + f);
  result = x == kInfinity ? x : result;
  result = x < 0.0f ? kNan : result;
  result = x == 0.0f ? -kInfinity : result;
  return x != x ? kNan : result;
}

// For 0 <= x < kFarAway, with pi/2 in three parts.
constexpr float kFarAway = 117434.0f;
inline HalfPiRemainder ReduceNear(float x) {
  const float shifted = Fma(x, 0x1.45f306p-1f, kRounder);
  const float n = shifted - kRounder;
  const float first = Fma(n, -0x1.921fb6p0f, x);  // exact
  // first + second exactly, as sum + lost (Knuth): the two may nearly cancel.
  const float second = n * 0x1.777a5cp-25f;
  const float second_lost = Fma(n, 0x1.777a5cp-25f, -second);
  const float sum = first + second;
  const float added = sum - first;
  const float lost = (first - (sum - added)) + (second - added);
  const float rest = Fma(n, 0x1.ee59dap-50f, lost + second_lost);
  const float r = sum + rest;
  return {Bits(shifted), r, (sum - r) + rest};
}

// sin(r + low) and cos(r + low) for |r| <= pi/4 and low a rounding error of r.
inline float SinNear(float r, float low) {
  const float square = r * r;
  float p = -1.9515295891E-4f;
  p = Fma(p, square, 8.3321608736E-3f);
  p = Fma(p, square, -1.6666654611E-1f);
  return Fma(square * r, p, Fma(low * square, -0.5f, low)) + r;
}
inline float CosNear(float r, float low) {
  const float square = r * r;
  float p = 2.443315711809948E-5f;
  p = Fma(p, square, -1.388731625493765E-3f);
  p = Fma(p, square, 4.166664568298827E-2f);
  // 1 - square/2, what the roundings lost, and the rest.
  const float high = Fma(-0.5f, square, 1.0f);
  const float high_lost = Fma(-0.5f, square, 1.0f - high);
  const float square_lost = Fma(r, r, -square);
  const float lost = Fma(-0.5f, square_lost, Fma(-low, r, high_lost));
  return high + Fma(square * square, p, lost);
}

// sin(quadrant * pi/2 + r) with the sign bit flipped where `sign` has it set.
inline float SinOf(HalfPiRemainder angle, uint32_t turn, uint32_t sign) {
  const uint32_t quadrant = angle.quadrant + turn;
  const float value =
      (quadrant & 1) != 0 ? CosNear(angle.r, angle.low) : SinNear(angle.r, angle.low);
  return FromBits(Bits(value) ^ ((quadrant << 30 ^ sign) & 0x80000000u));
}

// sin(x) for turn 0, cos(x) for turn 1: sine is odd, cosine even.
inline float SinTurned(float x, uint32_t turn) {
  return SinOf(ReduceNear(Abs(x)), turn, turn == 0 ? Bits(x) : 0);
}

// The same far from zero, where 24 bits of pi/2 say nothing about the angle.
float SinFar(float x, uint32_t turn) {
  const float magnitude = Abs(x);
  if (!(magnitude < kInfinity)) return kNan;
  return SinOf(RemainderOfHalfPi(Bits(magnitude)), turn, turn == 0 ? Bits(x) : 0);
}

inline void SinTurnedEach(const float* x, float* y, size_t n, uint32_t turn) {
  constexpr size_t kRow = 16;
  for (size_t i = 0; i < n; i += kRow) {
    const size_t end = n - i < kRow ? n : i + kRow;
    bool near = true;
    for (size_t j = i; j < end; ++j) near &= Abs(x[j]) < kFarAway;
    if (near) {
      for (size_t j = i; j < end; ++j) y[j] = SinTurned(x[j], turn);
    } else {
      for (size_t j = i; j < end; ++j)
        y[j] = Abs(x[j]) < kFarAway ? SinTurned(x[j], turn) : SinFar(x[j], turn);
    }
  }
}

// x + x^3 p(x^2) near zero, 1 - 2 / (exp(2x) + 1) elsewhere.
inline float Tanh(float x) {
  const float magnitude = Abs(x);
  const float square = magnitude * magnitude;
  float p = -5.70498872745E-3f;
  p = Fma(p, square, 2.06390887954E-2f);
  p = Fma(p, square, -5.37397155531E-2f);
  p = Fma(p, square, 1.33314422036E-1f);
  p = Fma(p, square, -3.33332819422E-1f);
  const float near = Fma(square * magnitude, p, magnitude);
  // From 9.1 on the result rounds to 1.
  const float inside = magnitude > 10.0f ? 10.0f : magnitude;
  const float far = 1.0f - 2.0f / (ExpInRange(inside + inside) + 1.0f);
  const float result = WithSignOf(magnitude < 0.625f ? near : far, x);
  return x != x ? kNan : result;
}

}  // namespace

template <>
void ExpEach(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Exp(x[i]);
}
template <>
void LogEach(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Log(x[i]);
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
  for (size_t i = 0; i < n; ++i) y[i] = Tanh(x[i]);
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
