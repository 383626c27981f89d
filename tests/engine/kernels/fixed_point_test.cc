#include "engine/kernels/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace fixed_point_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

constexpr int32_t kEdges[] = {kInt32Min, kInt32Min + 1, -(1 << 30),    -3,       -2, -1, 0, 1, 2,
                              3,         1 << 30,       kInt32Max - 1, kInt32Max};

// Random int32 of every magnitude, edges among them.
int32_t AnyInt(Random& random) {
  if (random.Chance(20)) return kEdges[random.Int(0, std::size(kEdges) - 1)];
  return random.Int(kInt32Min, kInt32Max) >> random.Int(0, 31);
}

TEST(FixedPoint, HighMulIsTheRoundedHighHalf) {
  for (int32_t a : kEdges)
    for (int32_t b : kEdges) EXPECT_EQ(HighMul(a, b), reference::High(a, b)) << a << " " << b;
  Random random(1);
  for (int i = 0; i < 100 * Rounds(); ++i) {
    const int32_t a = AnyInt(random), b = AnyInt(random);
    ASSERT_EQ(HighMul(a, b), reference::High(a, b)) << a << " " << b;
  }
  EXPECT_EQ(HighMul(kInt32Min, kInt32Min), kInt32Max);
  EXPECT_EQ(HighMul(-1, 1 << 30), 0) << "a tie goes up";
}

TEST(FixedPoint, RoundingShiftRightTiesAwayFromZero) {
  EXPECT_EQ(RoundingShiftRight(5, 1), 3);
  EXPECT_EQ(RoundingShiftRight(-5, 1), -3);
  EXPECT_EQ(RoundingShiftRight(kInt32Min, 31), -1);
  EXPECT_EQ(RoundingShiftRight(kInt32Max, 31), 1);
  EXPECT_EQ(RoundingShiftRight(kInt32Max, 32), 0);
  Random random(2);
  for (int i = 0; i < 100 * Rounds(); ++i) {
    const int32_t x = AnyInt(random);
    const int n = random.Int(0, 31);
    ASSERT_EQ(RoundingShiftRight(x, n), reference::DivideAway(x, Wide{1} << n)) << x << " " << n;
  }
}

TEST(FixedPoint, RescaleRoundsTwiceAndWrapsOnTheLeft) {
  Random random(3);
  for (int i = 0; i < 100 * Rounds(); ++i) {
    const int32_t x = AnyInt(random);
    const Multiplier m = {AnyInt(random), static_cast<int8_t>(random.Int(-31, 31))};
    ASSERT_EQ(Rescale(x, m), reference::Scaled(x, m))
        << x << " * " << m.value << " shift " << int{m.shift};
  }
  EXPECT_EQ(Rescale(1 << 30, {kInt32Max, 2}), 0);
}

TEST(FixedPoint, RescaleWideUsesSixteenBitsOfTheMultiplier) {
  Random random(4);
  for (int i = 0; i < 100 * Rounds(); ++i) {
    const int64_t x = static_cast<int64_t>(random.engine()()) >> random.Int(16, 62);
    const Multiplier m = {random.Int(1 << 30, kInt32Max), static_cast<int8_t>(random.Int(-31, 50))};
    ASSERT_EQ(RescaleWide(x, m), reference::ScaledWide(x, m)) << x << " shift " << int{m.shift};
  }
  EXPECT_EQ(RescaleWide(1, {1 << 30, 32}), kInt32Min);
  EXPECT_EQ(RescaleWide(1, {1 << 30, 47}), 0);
  EXPECT_EQ(RescaleWide(1, {kInt32Max, 127}), 0);
}

TEST(FixedPoint, SaturatingShiftLeft) {
  Random random(5);
  for (int i = 0; i < 20 * Rounds(); ++i) {
    const int32_t x = AnyInt(random);
    const int n = random.Int(0, 30);
    const Wide exact = Wide{x} * (Wide{1} << n);
    const Wide expected = exact > kInt32Max          ? kInt32Max
                          : exact < -Wide{kInt32Max} ? kInt32Min
                                                     : exact;
    ASSERT_EQ(SaturatingShiftLeft(x, n), static_cast<int32_t>(expected)) << x << " " << n;
  }
}

TEST(FixedPoint, MakeMultiplierIsTheNearestThirtyOneBitFactor) {
  Random random(6);
  for (int i = 0; i < 20 * Rounds(); ++i) {
    const double real = std::ldexp(1.0 + random.Int(0, kInt32Max) / 2147483648.0 +
                                       random.Int(0, 1023) / 2199023255552.0,
                                   random.Int(-31, 40)) *
                        (random.Chance(20) ? -1 : 1);
    Multiplier m;
    ASSERT_TRUE(MakeMultiplier(real, &m));
    EXPECT_GE(std::abs(int64_t{m.value}), 1 << 30);
    const double unit = std::ldexp(1.0, m.shift - 31);
    EXPECT_LE(std::abs(m.value * unit - real), unit / 2) << real;
  }
}

TEST(FixedPoint, MakeMultiplierAtItsEnds) {
  Multiplier m;
  EXPECT_TRUE(MakeMultiplier(0, &m));
  EXPECT_EQ(m.value, 0);
  EXPECT_TRUE(MakeMultiplier(1.0, &m));
  EXPECT_EQ(m.value, 1 << 30);
  EXPECT_EQ(m.shift, 1);
  EXPECT_TRUE(MakeMultiplier(1.0 - 1e-12, &m)) << "rounds up to the next power of two";
  EXPECT_EQ(m.value, 1 << 30);
  EXPECT_EQ(m.shift, 1);
  EXPECT_TRUE(MakeMultiplier(0x1p-32, &m));
  EXPECT_EQ(m.value, 1 << 30);
  EXPECT_EQ(m.shift, -31);
  EXPECT_TRUE(MakeMultiplier(0x1.fp-33, &m)) << "too small: 0";
  EXPECT_EQ(m.value, 0);
  EXPECT_EQ(m.shift, 0);
  EXPECT_TRUE(MakeMultiplier(0x1p126, &m));
  EXPECT_EQ(m.shift, 127);
  EXPECT_FALSE(MakeMultiplier(0x1p127, &m));
  EXPECT_FALSE(MakeMultiplier(HUGE_VAL, &m));
  EXPECT_FALSE(MakeMultiplier(std::nan(""), &m));

  EXPECT_TRUE(MakeMultiplierBelowOne(0.5, &m));
  EXPECT_FALSE(MakeMultiplierBelowOne(1.0 - 1e-12, &m)) << "rounds up to 1";
  EXPECT_FALSE(MakeMultiplierBelowOne(1.0, &m));
  EXPECT_FALSE(MakeMultiplierBelowOne(0.0, &m));
  EXPECT_FALSE(MakeMultiplierBelowOne(std::nan(""), &m));
  EXPECT_TRUE(MakeMultiplierAboveOne(1.5, &m));
  EXPECT_FALSE(MakeMultiplierAboveOne(1.0, &m));
}

// Scales where the product differs between float32 and double.
TEST(FixedPoint, OneScalePerTensorMultipliesInFloatOnePerChannelInDouble) {
  const float a = 0.1f, b = 0.3f, out = 0.7f;
  Multiplier of_channel, of_tensor, expected;
  ASSERT_TRUE(MakeChannelMultiplier(a, b, out, &of_channel));
  ASSERT_TRUE(MakeTensorMultiplier(a, b, out, &of_tensor));
  ASSERT_TRUE(MakeMultiplier(double{a} * double{b} / double{out}, &expected));
  EXPECT_EQ(of_channel.value, expected.value);
  const volatile float product = a * b;
  ASSERT_TRUE(MakeMultiplier(static_cast<double>(product) / double{out}, &expected));
  EXPECT_EQ(of_tensor.value, expected.value);
  EXPECT_NE(of_channel.value, of_tensor.value);
}

TEST(FixedPoint, ExpOnNegativeIsNearExp) {
  EXPECT_EQ(ExpOnNegative(5, 0), kInt32Max);
  EXPECT_EQ(ExpOnNegative(4, 0), kInt32Max);
  Random random(7);
  for (int bits : {4, 5}) {
    for (int i = 0; i < 20 * Rounds(); ++i) {
      const int32_t a = -(random.Int(1, kInt32Max) >> random.Int(0, 25));
      const double expected = std::exp(a * std::ldexp(1.0, bits - 31));
      ASSERT_NEAR(ExpOnNegative(bits, a) / 2147483648.0, expected, 4e-7) << bits << " " << a;
    }
    EXPECT_NEAR(ExpOnNegative(bits, kInt32Min) / 2147483648.0, std::exp(-(1 << bits)), 1e-7);
  }
}

TEST(FixedPoint, ReciprocalIsNearTheQuotient) {
  Random random(8);
  for (int i = 0; i < 20 * Rounds(); ++i) {
    const int32_t x = random.Int(1, kInt32Max) >> random.Int(0, 30);
    if (x == 0) continue;
    const Reciprocal r = MakeReciprocal(x, 12);
    const double real = std::ldexp(x, 12 - 31);
    ASSERT_NEAR(std::ldexp(r.value, -31 - r.exponent) * real, 1.0, 1e-8) << x;
    ASSERT_GE(r.value, 1 << 30);
  }
  EXPECT_NEAR(ReciprocalOfOnePlus(0) / 2147483648.0, 1.0, 1e-8);
  EXPECT_NEAR(ReciprocalOfOnePlus(kInt32Max) / 2147483648.0, 0.5, 1e-8);
}

TEST(FixedPoint, InputRadius) {
  EXPECT_EQ(InputRadius(5, 0), 31 << 26);
  EXPECT_EQ(InputRadius(5, 23), 31 * 8);
  EXPECT_EQ(InputRadius(5, 31), 0);
  EXPECT_EQ(InputRadius(4, 27), 15);
}

TEST(FixedPoint, ChannelScalesRepeatOrStep) {
  const int32_t values[] = {11, 22};
  const int8_t shifts[] = {-1, -2};
  const ChannelScales channels(values, shifts);
  EXPECT_EQ(channels[1].value, 22);
  EXPECT_EQ(channels[1].shift, -2);
  const Multiplier m = {33, -3};
  const ChannelScales one(m);
  EXPECT_EQ(one[7].value, 33);
  EXPECT_EQ(one[7].shift, -3);
}

TEST(FixedPoint, RationalsRootsAndLogarithmsAreNearTheRealOnes) {
  Random random(8);
  for (int i = 0; i < 20 * Rounds(); ++i) {
    const int32_t a = random.Int(0, kInt32Max);
    const double x = a / 2147483648.0;
    ASSERT_NEAR(OneMinusOverOnePlus(a) / 2147483648.0, (1 - x) / (1 + x), 1e-8) << a;
    const int32_t v = std::max(1, random.Int(1, kInt32Max) >> random.Int(0, 30));
    const Multiplier m = InverseSqrt(v);
    const double root = std::ldexp(m.value, m.shift - 31);
    ASSERT_NEAR(root * std::sqrt(v), 1, 2e-6) << v;
    const int32_t q = random.Int(1 << 19, kInt32Max) >> random.Int(0, 10);
    const int32_t sum = std::max(q, 1 << 19);
    ASSERT_NEAR(LogOfAtLeastOne(sum) * 0x1p-26, std::log(sum * 0x1p-19), 1e-7) << sum;
  }
  EXPECT_NEAR(OneMinusOverOnePlus(0), kInt32Max, 64);
  EXPECT_NEAR(LogOfAtLeastOne(1 << 19), 0, 8);
}

}  // namespace fixed_point_test
}  // namespace moonlet
