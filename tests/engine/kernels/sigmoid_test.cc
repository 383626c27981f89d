#include "engine/kernels/sigmoid.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace sigmoid_test {

using reference::FloorDivide;
using reference::Random;
using reference::Wide;

// Table entry i from its definition.
Wide Entry(Wide i) {
  if (i == 255) return 65535;
  const double g = 1 / (1 + std::exp(-static_cast<double>(i) / 24));
  return static_cast<Wide>(std::floor(65536 * (g + g * (1 - g) * (2 * g - 1) / 9216) + 0.5));
}

// The logistic function of a / (3 * 2^(3 + bits)) >= 0, times 2^(16 + bits).
Wide Line(Wide a, int bits) {
  const Wide step = Wide{1} << bits, i = a / step;
  return Entry(i) * step + a % step * (Entry(i + 1) - Entry(i));
}

TEST(Sigmoid, LogisticIsTheLineBetweenEntries) {
  Random random(81);
  for (int i = 0; i < 20 * reference::Rounds(); ++i) {
    const Wide a = random.Int(0, 255 * 512 - 1);
    const Wide y = Line(a, 9);
    ASSERT_EQ(LogisticByTable(static_cast<int32_t>(a)), FloorDivide(y + 512, 1024));
    if (a > 0) {
      ASSERT_EQ(LogisticByTable(static_cast<int32_t>(-a)),
                FloorDivide((Wide{1} << 25) - y + 511, 1024));
    }
  }
  EXPECT_EQ(LogisticByTable(255 * 512), 32767);
  EXPECT_EQ(LogisticByTable(kInt32Max), 32767);
  EXPECT_EQ(LogisticByTable(-255 * 512), 1);
  EXPECT_EQ(LogisticByTable(kInt32Min), 1);
}

TEST(Sigmoid, TanhIsTheLineBetweenEntries) {
  Random random(82);
  for (int i = 0; i < 20 * reference::Rounds(); ++i) {
    const Wide a = random.Int(0, 255 * 256 - 1);
    const Wide y = Line(a, 8) - (Wide{1} << 23);
    ASSERT_EQ(TanhByTable(static_cast<int32_t>(a)), FloorDivide(y + 128, 256));
    if (a > 0) {
      ASSERT_EQ(TanhByTable(static_cast<int32_t>(-a)), FloorDivide(127 - y, 256));
    }
  }
  EXPECT_EQ(TanhByTable(255 * 256), 32767);
  EXPECT_EQ(TanhByTable(kInt32Min), -32767);
}

TEST(Sigmoid, BothAreNearTheRealFunctions) {
  for (int32_t a = -140000; a <= 140000; a += 97) {
    const double x = a / (3 * 4096.0);
    ASSERT_NEAR(LogisticByTable(a) / 32768.0, 1 / (1 + std::exp(-x)), 6e-5) << a;
    ASSERT_NEAR(TanhByTable(a) / 32768.0, std::tanh(x), 1.2e-4) << a;
  }
}

TEST(Sigmoid, TheArgumentIsRounded) {
  EXPECT_EQ(SigmoidArgument(-7, {}), -21);
  EXPECT_EQ(SigmoidArgument(7, {3 << 14, 0}), 7 * 3 * 16384);
  EXPECT_EQ(SigmoidArgument(-32768, {3 << 14, 0}), -1610612736);
  EXPECT_EQ(SigmoidArgument(1, {3, 1}), 2);
  EXPECT_EQ(SigmoidArgument(-1, {3, 1}), -1);
  EXPECT_EQ(SigmoidArgument(-32768, {3, 30}), 0);
}

}  // namespace sigmoid_test
}  // namespace moonlet
