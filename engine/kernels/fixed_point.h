// engine/kernels/fixed_point.h - the integer arithmetic of quantised operators.
//
// Quantised inference is bit-exact with the TensorFlow Lite Micro reference kernels, so
// every rounding here is theirs: gemmlowp's doubling high multiplication, division by
// powers of two with ties away from zero, and an exponential in fixed point. Products
// and shifts wrap as two's complement; nothing here is undefined for any argument in the
// stated range. "Qk" is an int32 raw value with k integer and 31-k fraction bits.
#pragma once
#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>

#include "engine/kernels/unaligned.h"

namespace moonlet {

inline constexpr int32_t kInt32Min = std::numeric_limits<int32_t>::min();
inline constexpr int32_t kInt32Max = std::numeric_limits<int32_t>::max();

constexpr int32_t WrapAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
constexpr int64_t WrapAdd64(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
constexpr int32_t WrapSub(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
constexpr int32_t WrapMul(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}
// x * 2^n mod 2^32; n >= 32 shifts everything out.
constexpr int32_t WrapShl(int32_t x, int n) {
  return n > 31 ? 0 : static_cast<int32_t>(static_cast<uint32_t>(x) << n);
}
constexpr int CountLeadingZeros(int32_t x) { return std::countl_zero(static_cast<uint32_t>(x)); }

// A real factor as value * 2^(shift - 31), value 0 or 2^30 <= |value| < 2^31. Images hold such
// factors as bytes: what would be padding is 0.
struct Multiplier {
  int32_t value = 0;
  int8_t shift = 0;  // -31 and up
  int8_t unused[3] = {};
};

// The factor nearest to `real`. Below 2^-32 it is 0. False when `real` is not finite or
// its shift does not fit (|real| >= 2^127); no quantised model of use has such scales.
[[nodiscard]] bool MakeMultiplier(double real, Multiplier* m);
// The same with what some operators demand besides: false unless 0 < real < 1 and the
// rounded factor is below 1 (shift <= 0), or unless real > 1 (shift >= 0).
[[nodiscard]] bool MakeMultiplierBelowOne(double real, Multiplier* m);
[[nodiscard]] bool MakeMultiplierAboveOne(double real, Multiplier* m);

// round(a * b / 2^31), ties up: the high half of the doubled product.
constexpr int32_t HighMul(int32_t a, int32_t b) {
  if (a == kInt32Min && b == kInt32Min) return kInt32Max;
  return static_cast<int32_t>((int64_t{a} * b + (int64_t{1} << 30)) >> 31);
}

// round(x / 2^n), ties away from zero. 0 for n >= 32, where |x| / 2^n is below one half
// (or is that tie).
constexpr int32_t RoundingShiftRight(int32_t x, int n) {
  assert(n >= 0);
  if (n > 31) return 0;
  const auto mask = static_cast<int32_t>((uint32_t{1} << n) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + (remainder > threshold ? 1 : 0);
}

// x * m with two roundings; the left shift wraps. No clones: files that want little code share it.
[[gnu::noclone]] constexpr int32_t Rescale(int32_t x, Multiplier m) {
  const int left = m.shift > 0 ? m.shift : 0;
  const int right = m.shift > 0 ? 0 : -m.shift;
  return RoundingShiftRight(HighMul(WrapShl(x, left), m.value), right);
}
// x * m for a 64-bit accumulator: a multiplier of 16 bits, one rounding, ties up; the
// result wraps to int32. Beyond a shift of 14 nothing is rounded, the left shift wraps.
[[gnu::noclone]] constexpr int32_t RescaleWide(int64_t x, Multiplier m) {
  const int32_t factor = m.value < 0x7FFF0000 ? (m.value + 0x8000) >> 16 : 0x7FFF;
  const int total = 15 - m.shift;
  const auto product = static_cast<uint64_t>(x) * static_cast<uint64_t>(int64_t{factor});
  if (total <= 0) return total < -31 ? 0 : static_cast<int32_t>(product << -total);
  const auto rounded = static_cast<int64_t>(product + (uint64_t{1} << (total - 1)));
  return static_cast<int32_t>(rounded >> total);
}

// x * 2^n, saturating. Requires 0 <= n <= 30.
constexpr int32_t SaturatingShiftLeft(int32_t x, int n) {
  const auto limit = static_cast<int32_t>((uint32_t{1} << (31 - n)) - 1);
  if (x > limit) return kInt32Max;
  if (x < -limit) return kInt32Min;
  return WrapShl(x, n);
}

// The largest |x| of an input with `integer_bits` bits before the point that is still
// told apart after a shift left by `left_shift`.
int32_t InputRadius(int integer_bits, int left_shift);

inline int16_t SaturateS16(int32_t x) {
  return static_cast<int16_t>(std::clamp<int32_t>(x, -32768, 32767));
}

// What ExpOnNegative is made of, in Q0; the last are exp(-2^e) for e = -2..4.
inline constexpr int32_t kOneThird = 715827883;
inline constexpr int32_t kExpOfMinusEighth = 1895147668;
inline constexpr int32_t kExpOfPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                           39332535,   720401,     242};
// exp(a) in Q0 for a <= 0 in Q(integer_bits); exp(0) is kInt32Max.
int32_t ExpOnNegative(int integer_bits, int32_t a);
// What it costs, in multiply-adds, about.
inline constexpr int64_t kExpWork = 32;
// 1 / (1 + a) in Q0 for a in [0, 1) in Q0.
int32_t ReciprocalOfOnePlus(int32_t a);
// (1 - a) / (1 + a), likewise.
int32_t OneMinusOverOnePlus(int32_t a);
// ln(x) in Q5 for x >= 1 in Q12.
int32_t LogOfAtLeastOne(int32_t x);

// 1/x as value / 2^31 * 2^-exponent for x > 0 in Q(integer_bits).
struct Reciprocal {
  int32_t value;
  int exponent;
};
Reciprocal MakeReciprocal(int32_t x, int integer_bits);

// 1/sqrt(x) as value * 2^(shift - 31), for x up to 1 the largest value below 1.
Multiplier InverseSqrt(int32_t x);

// The factor input_scale * filter_scale / output_scale of CONV_2D, DEPTHWISE_CONV_2D and
// a FULLY_CONNECTED with one scale per channel: in double, left to right.
[[nodiscard]] bool MakeChannelMultiplier(float input_scale, float filter_scale, float output_scale,
                                         Multiplier* m);
// The factor of a FULLY_CONNECTED with one filter scale: the product in float32.
[[nodiscard]] bool MakeTensorMultiplier(float input_scale, float filter_scale, float output_scale,
                                        Multiplier* m);

// The multipliers of an operator's output channels, or one for all of them.
class ChannelScales {
 public:
  ChannelScales() = default;
  // One factor per channel, in two arrays.
  ChannelScales(const int32_t* values, const int8_t* shifts) : values_(values), shifts_(shifts) {}
  // The same factor everywhere.
  explicit ChannelScales(Multiplier single) : single_(single) {}
  // MakeChannelMultiplier of one filter scale per channel, where a file has them; all are known
  // to have such a factor.
  ChannelScales(float input, Unaligned<float> filter, float output)
      : filter_(filter), input_(input), output_(output) {}

  Multiplier operator[](int32_t channel) const {
    if (values_ != nullptr) return {values_[channel], shifts_[channel]};
    return filter_ ? Derived(channel) : single_;
  }

 private:
  Multiplier Derived(int32_t channel) const;

  const int32_t* values_ = nullptr;
  const int8_t* shifts_ = nullptr;
  Unaligned<float> filter_;
  float input_ = 0;
  float output_ = 0;
  Multiplier single_;
};

}  // namespace moonlet
