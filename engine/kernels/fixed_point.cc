#include "engine/kernels/fixed_point.h"

#include <algorithm>
#include <cmath>

namespace moonlet {
namespace {

// Newton's first guess at 1/h for h in [1/2, 1): 48/17 - 32/17 h, in Q2.
constexpr int32_t k48Over17 = 1515870810;
constexpr int32_t kMinus32Over17 = -1010580540;

// 2 / (1 + a) in Q2 for a in Q0.
int32_t NewtonReciprocal(int32_t a) {
  const auto half = static_cast<int32_t>((int64_t{a} + (int64_t{1} << 31)) >> 1);
  int32_t x = WrapAdd(k48Over17, HighMul(half, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const int32_t error = WrapSub(1 << 29, HighMul(half, x));
    x = WrapAdd(x, SaturatingShiftLeft(HighMul(x, error), 2));
  }
  return x;
}

int32_t SaturatingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(std::clamp<int64_t>(int64_t{a} + b, kInt32Min, kInt32Max));
}

}  // namespace

bool MakeMultiplier(double real, Multiplier* m) {
  *m = {};
  if (!std::isfinite(real)) return false;
  if (real == 0) return true;
  int shift;
  const double fraction = std::frexp(real, &shift);
  auto value = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  if (value == int64_t{1} << 31) {
    value /= 2;
    ++shift;
  }
  if (shift > 127) return false;
  if (shift >= -31) *m = {static_cast<int32_t>(value), static_cast<int8_t>(shift)};
  return true;
}

bool MakeMultiplierBelowOne(double real, Multiplier* m) {
  return real > 0 && real < 1 && MakeMultiplier(real, m) && m->shift <= 0;
}

bool MakeMultiplierAboveOne(double real, Multiplier* m) {
  return real > 1 && MakeMultiplier(real, m);
}

bool MakeChannelMultiplier(float input_scale, float filter_scale, float output_scale,
                           Multiplier* m) {
  return MakeMultiplier(double{input_scale} * double{filter_scale} / double{output_scale}, m);
}

bool MakeTensorMultiplier(float input_scale, float filter_scale, float output_scale,
                          Multiplier* m) {
  const float product = input_scale * filter_scale;
  return MakeMultiplier(double{product} / double{output_scale}, m);
}

int32_t InputRadius(int integer_bits, int left_shift) {
  const double largest = ((1 << integer_bits) - 1) * std::ldexp(1.0, 31 - integer_bits);
  return static_cast<int32_t>(std::floor(std::ldexp(largest, -left_shift)));
}

int32_t ExpOnNegative(int integer_bits, int32_t a) {
  if (a == 0) return kInt32Max;
  const int fraction_bits = 31 - integer_bits;
  // a = u - remainder with u in [-1/4, 0): a short series for exp(u) around -1/8, and a
  // factor per bit of the remainder.
  const int32_t quarter = 1 << (fraction_bits - 2);
  const int32_t u = (a & (quarter - 1)) - quarter;
  const int32_t x = WrapAdd(WrapShl(u, integer_bits), 1 << 28);
  const int32_t x2 = HighMul(x, x);
  const int32_t x3 = HighMul(x2, x);
  const int32_t x4 = HighMul(x2, x2);
  constexpr int32_t kOneThird = 715827883;
  constexpr int32_t kExpOfMinusEighth = 1895147668;
  const int32_t tail = RoundingShiftRight(
      WrapAdd(HighMul(WrapAdd(RoundingShiftRight(x4, 2), x3), kOneThird), x2), 1);
  int32_t result = WrapAdd(kExpOfMinusEighth, HighMul(kExpOfMinusEighth, WrapAdd(x, tail)));
  const int32_t remainder = WrapSub(u, a);
  for (int e = -2; e < integer_bits && e <= 4; ++e) {
    if ((remainder >> (fraction_bits + e)) & 1) result = HighMul(result, kExpOfPowers[e + 2]);
  }
  return result;
}

int32_t ReciprocalOfOnePlus(int32_t a) { return SaturatingShiftLeft(NewtonReciprocal(a), 1); }

int32_t OneMinusOverOnePlus(int32_t a) {
  return SaturatingShiftLeft(WrapSub(NewtonReciprocal(a), 1 << 29), 2);
}

// x = 2^z r in two ways, of which the one with the smaller r holds: its r is within
// sqrt(sqrt(1/2)) of 1. Then ln r is a quotient of polynomials in q = 2 (r - 2^(-1/4)).
int32_t LogOfAtLeastOne(int32_t x) {
  assert(x >= 1 << 19);
  constexpr int32_t kRootHalf = 1518500250;        // 2^(-1/2)
  constexpr int32_t kFourthRootHalf = 1805811301;  // 2^(-1/4)
  constexpr int32_t kLn2 = 1488522236;
  constexpr int32_t kQuarter = 1 << 23;  // in Q6, as the exponents
  const int zeros = CountLeadingZeros(x);
  const int32_t r_a = SaturatingShiftLeft(HighMul(WrapShl(x, zeros - 1), kRootHalf), 1);
  const int32_t z_a = SaturatingAdd(SaturatingShiftLeft(12 - zeros, 25), kQuarter);
  const int zeros_b = CountLeadingZeros(HighMul(x, kRootHalf)) - 1;
  const int32_t r_b = SaturatingShiftLeft(x, zeros_b);
  const int32_t z_b = SaturatingAdd(SaturatingShiftLeft(12 - zeros_b, 25), -kQuarter);
  const int32_t r = std::min(r_a, r_b);
  const int32_t z = std::max(z_a, z_b);

  const int64_t sum = int64_t{r} + kFourthRootHalf;
  const auto p = static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  const int32_t q = WrapShl(WrapSub(r, kFourthRootHalf), 1);
  const int32_t square = HighMul(q, q);
  const int32_t numerator = WrapAdd(HighMul(q, r), HighMul(HighMul(q, square), 117049297));
  const int32_t factor = WrapAdd(WrapAdd(1057819769, q), HighMul(127690142, square));
  const int32_t denominator = WrapAdd(HighMul(p, factor), HighMul(638450708, q));
  const int32_t quotient =
      HighMul(RoundingShiftRight(numerator, 6), ReciprocalOfOnePlus(denominator));
  return SaturatingShiftLeft(WrapAdd(HighMul(z, kLn2), quotient), 1);
}

// Newton's iteration from 1/2 for x scaled by a power of 4 into [2^27, 2^29).
Multiplier InverseSqrt(int32_t x) {
  if (x <= 1) return {kInt32Max, 0};
  int shift = 11;
  for (; x >= 1 << 29; x /= 4) ++shift;
  const int pairs = (CountLeadingZeros(x) - 1) / 2 - 1;
  shift -= pairs;
  x <<= 2 * pairs;
  const int32_t half = RoundingShiftRight(x >> 1, 1);
  constexpr int32_t kThreeHalves = 402653184;  // in Q3
  int32_t y = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = SaturatingShiftLeft(HighMul(HighMul(y, y), y), 6);
    y = SaturatingShiftLeft(WrapSub(HighMul(kThreeHalves, y), HighMul(half, cube)), 3);
  }
  constexpr int32_t kRootHalf = 1518500250;
  y = HighMul(y, kRootHalf);
  if (shift < 0) return {WrapShl(y, -shift), 0};
  return {y, static_cast<int8_t>(-shift)};
}

Reciprocal MakeReciprocal(int32_t x, int integer_bits) {
  assert(x > 0);
  const int zeros = CountLeadingZeros(x);
  const auto fraction = static_cast<int32_t>((static_cast<uint32_t>(x) << zeros) - (1u << 31));
  return {ReciprocalOfOnePlus(fraction), integer_bits - zeros};
}

Multiplier ChannelScales::Derived(int32_t channel) const {
  Multiplier m;
  const bool has = MakeChannelMultiplier(input_, filter_[channel], output_, &m);
  return has ? m : Multiplier();
}

}  // namespace moonlet
