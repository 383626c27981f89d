#include "engine/kernels/fixed_point.h"

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

// exp(-2^e) in Q0 for e = -2..4.
constexpr int32_t kExpOfPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};

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

Reciprocal MakeReciprocal(int32_t x, int integer_bits) {
  assert(x > 0);
  const int zeros = CountLeadingZeros(x);
  const auto fraction = static_cast<int32_t>((static_cast<uint32_t>(x) << zeros) - (1u << 31));
  return {ReciprocalOfOnePlus(fraction), integer_bits - zeros};
}

}  // namespace moonlet
