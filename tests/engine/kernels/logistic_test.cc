#include "engine/kernels/logistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace {

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

TEST(Logistic, StopsWhenAsked) {
  LogisticS8Params p;
  ASSERT_TRUE(MakeLogisticS8(1, 0, 1, &p));
  const int8_t x = 0;
  int8_t y;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(LogisticS8(p, &x, &y, stop));
}

}  // namespace
}  // namespace moonlet
