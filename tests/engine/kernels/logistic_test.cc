#include "engine/kernels/logistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace logistic_test {

using reference::DivideAway;
using reference::High;
using reference::Random;
using reference::Rounds;
using reference::Wide;
using reference::Wrap;

// The arithmetic sheet's formulas, typed again over rational arithmetic.
namespace sheet {

int32_t Away(int32_t x, int e) { return static_cast<int32_t>(DivideAway(x, Wide{1} << e)); }
int32_t Saturated(Wide x) {
  return static_cast<int32_t>(x > kInt32Max ? kInt32Max : x < -Wide{kInt32Max} ? kInt32Min : x);
}

int32_t Exp(int32_t a) {  // a <= 0 with 4 integer bits
  if (a == 0) return kInt32Max;
  const Wide quarter = Wide{1} << 25;
  const Wide u = a - reference::FloorDivide(a, quarter) * quarter - quarter;
  const int32_t x = Wrap(u * 16 + (1 << 28));
  const int32_t x2 = High(x, x), x3 = High(x2, x), x4 = High(x2, x2);
  const int32_t p = Away(Wrap(Wide{High(Wrap(Wide{Away(x4, 2)} + x3), 715827883)} + x2), 1);
  int32_t r = Wrap(Wide{1895147668} + High(1895147668, Wrap(Wide{x} + p)));
  const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401};
  for (int e = -2; e <= 3; ++e)
    if ((u - a) / (Wide{1} << (27 + e)) % 2 == 1) r = High(r, factors[e + 2]);
  return r;
}

int32_t ReciprocalOfOnePlus(int32_t a) {
  const auto h = static_cast<int32_t>((Wide{a} + (Wide{1} << 31)) / 2);
  int32_t x = Wrap(Wide{1515870810} + High(h, -1010580540));
  for (int i = 0; i < 3; ++i)
    x = Wrap(x + Wide{Saturated(Wide{4} * High(x, Wrap((Wide{1} << 29) - High(h, x))))});
  return Saturated(Wide{2} * x);
}

int8_t Logistic(int32_t d, float scale) {
  int shift;
  const double fraction = std::frexp(double{scale} * 134217728.0, &shift);
  const auto m = static_cast<int32_t>(std::round(fraction * 2147483648.0));
  const double radius = std::floor(std::ldexp(15.0, 27 - shift));
  if (d <= -radius) return -128;
  if (d >= radius) return 127;
  const int32_t v = High(Wrap(Wide{d} * (Wide{1} << shift)), m);
  const int32_t g = ReciprocalOfOnePlus(Exp(v > 0 ? -v : v));
  const int32_t y = v > 0 ? g : v < 0 ? kInt32Max - g : 1 << 30;
  return static_cast<int8_t>(std::clamp(Away(y, 23) - 128, -128, 127));
}

int16_t Logistic16(int16_t x, float scale) {
  const double octave = std::log2(double{scale});
  double factor = double{scale} * 4096 * 3;
  int shift = 0;
  if (std::fabs(octave + 12) < 0.001) {
    factor = 3;
  } else {
    for (; factor <= 16383.5 && shift <= 30; factor *= 2) ++shift;
  }
  const Wide half = shift > 0 ? Wide{1} << (shift - 1) : 0;
  const int32_t sum = Wrap(Wide{x} * static_cast<int32_t>(factor) + half);
  const Wide d = reference::FloorDivide(sum, Wide{1} << shift);
  const Wide a = d < 0 ? -d : d;
  const auto entry = [](Wide i) {  // the formula of the table
    const double g = 1 / (1 + std::exp(-static_cast<double>(i) / 24));
    return i == 255 ? Wide{65535}
                    : static_cast<Wide>(
                          std::floor(65536 * (g + g * (1 - g) * (2 * g - 1) / 9216) + 0.5));
  };
  const Wide u = a / 512;
  const Wide r =
      u >= 255 ? Wide{0x7FFF} * 1024 : entry(u) * 512 + a % 512 * (entry(u + 1) - entry(u));
  return static_cast<int16_t>(
      reference::FloorDivide(d >= 0 ? r + 512 : (Wide{1} << 25) - r + 511, 1024));
}

}  // namespace sheet

// -128 .. 127
std::vector<int8_t> EveryS8() {
  std::vector<int8_t> x(256);
  std::iota(x.begin(), x.end(), static_cast<int8_t>(-128));
  return x;
}

TEST(LogisticS8, AgreesWithTheSheetOnEveryInput) {
  Random random(71);
  const std::vector<int8_t> x = EveryS8();
  for (int round = 0; round < Rounds(); ++round) {
    const float scale = std::ldexp(random.Real(0.5f, 1),
                                   random.Chance(20) ? random.Int(-27, 100) : random.Int(-8, 0));
    const int16_t zero = random.Zero();
    LogisticS8Params p;
    ASSERT_TRUE(MakeLogisticS8(scale, zero, 256, &p));
    std::vector<int8_t> y(256);
    StopToken stop;
    ASSERT_TRUE(LogisticS8(p, x.data(), y.data(), stop));
    for (size_t i = 0; i < 256; ++i)
      ASSERT_EQ(y[i], sheet::Logistic(x[i] - zero, scale)) << "scale " << scale << " of " << i;
  }
}

TEST(LogisticS8, IsWithinAStepOfTheRealFunction) {
  LogisticS8Params p;
  ASSERT_TRUE(MakeLogisticS8(0.05f, 3, 256, &p));
  std::vector<int8_t> x = EveryS8();
  StopToken stop;
  ASSERT_TRUE(LogisticS8(p, x.data(), x.data(), stop));  // in place
  for (int i = 0; i < 256; ++i)
    EXPECT_NEAR((x[static_cast<size_t>(i)] + 128) / 256.0,
                1 / (1 + std::exp(-0.05 * (i - 128 - 3))), 1 / 256.0);
}

TEST(LogisticS8, ScalesOutsideTheFixedPointAreRefused) {
  LogisticS8Params p;
  EXPECT_FALSE(MakeLogisticS8(0, 0, 1, &p));
  EXPECT_FALSE(MakeLogisticS8(0x1.fp-29f, 0, 1, &p));
  EXPECT_TRUE(MakeLogisticS8(0x1p-28f, 0, 1, &p));
  EXPECT_TRUE(MakeLogisticS8(0x1.fp99f, 0, 1, &p));
  EXPECT_FALSE(MakeLogisticS8(0x1p100f, 0, 1, &p));
}

TEST(LogisticS16, AgreesWithTheSheet) {
  Random random(72);
  for (int round = 0; round < Rounds(); ++round) {
    const int kind = random.Int(0, 3);
    const float scale = kind == 0   ? std::ldexp(1.0f, random.Int(-16, 0))
                        : kind == 1 ? std::ldexp(random.Real(0.999f, 1.001f), -12)
                        : kind == 2 ? std::ldexp(random.Real(0.5f, 1), random.Int(-44, 4))
                                    : std::ldexp(random.Real(0.5f, 1), random.Int(-16, -6));
    std::vector<int16_t> x = {-32768, -32767, -1, 0, 1, 32766, 32767};
    while (x.size() < 500) x.push_back(static_cast<int16_t>(random.Int(-32768, 32767)));
    LogisticS16Params p;
    ASSERT_TRUE(MakeLogisticS16(scale, static_cast<int32_t>(x.size()), &p));
    std::vector<int16_t> y(x.size());
    StopToken stop;
    ASSERT_TRUE(LogisticS16(p, x.data(), y.data(), stop));
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(y[i], sheet::Logistic16(x[i], scale)) << "scale " << scale << " of " << x[i];
  }
}

TEST(LogisticS16, EveryInputIsWithinAFewStepsOfTheRealFunction) {
  LogisticS16Params p;
  ASSERT_TRUE(MakeLogisticS16(0x1p-12f, 65536, &p));
  std::vector<int16_t> x(65536);
  std::iota(x.begin(), x.end(), static_cast<int16_t>(-32768));
  StopToken stop;
  ASSERT_TRUE(LogisticS16(p, x.data(), x.data(), stop));  // in place
  for (int i = 0; i < 65536; ++i)
    ASSERT_NEAR(x[static_cast<size_t>(i)], 32768 / (1 + std::exp(-(i - 32768) / 4096.0)), 2) << i;
}

TEST(LogisticS16, ScalesOutsideTheFixedPoint) {
  LogisticS16Params p;
  EXPECT_FALSE(MakeLogisticS16(0x1p18f, 1, &p));
  EXPECT_TRUE(MakeLogisticS16(0x1p17f, 1, &p));
  ASSERT_TRUE(MakeLogisticS16(0x1p-100f, 1, &p));
  int16_t x = 32767;
  StopToken stop;
  ASSERT_TRUE(LogisticS16(p, &x, &x, stop));
  EXPECT_EQ(x, 16384);
}

TEST(LogisticF32, IsNearTheRealFunction) {
  std::vector<float> x = {-INFINITY, -1000, -88, -20, 20, 88, 1000, INFINITY, NAN};
  for (float v = -18; v < 18; v += 0.0137f) x.push_back(v);
  std::vector<float> y = x;
  StopToken stop;
  ASSERT_TRUE(LogisticF32(static_cast<int32_t>(x.size()), y.data(), y.data(), stop));
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      EXPECT_TRUE(std::isnan(y[i]));
    } else {
      const double real = 1 / (1 + std::exp(-double{x[i]}));
      ASSERT_NEAR(y[i], real, 4e-7 * real + 1e-37) << x[i];
    }
  }
}

TEST(Logistic, StopsWhenAsked) {
  LogisticS8Params p;
  ASSERT_TRUE(MakeLogisticS8(1, 0, 1, &p));
  const int8_t x = 0;
  int8_t y;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(LogisticS8(p, &x, &y, stop));
}

}  // namespace logistic_test
}  // namespace moonlet
