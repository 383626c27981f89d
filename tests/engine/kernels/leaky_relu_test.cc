#include "engine/kernels/leaky_relu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace leaky_relu_test {

using reference::Random;
using reference::Wide;

template <typename T>
void ExpectLeaky(uint32_t seed) {
  Random random(seed);
  constexpr int32_t kMin = std::numeric_limits<T>::min(), kMax = std::numeric_limits<T>::max();
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const float in = std::ldexp(random.Real(0.5f, 1), random.Int(-12, 2));
    const float out = std::ldexp(random.Real(0.5f, 1), random.Int(-12, 2));
    const float alpha = random.Chance(10) ? 0 : random.Real(-1.5f, 1.5f);
    LeakyReluParams p;
    ASSERT_TRUE(MakeLeakyReluScales(in, alpha, out, &p));
    p.input_zero = random.Int(kMin, kMax);
    p.output_zero = random.Int(kMin, kMax);
    const volatile float ratio = in / out, product = in * alpha;
    const volatile float leak = product / out;
    Multiplier positive, negative;
    ASSERT_TRUE(MakeMultiplier(static_cast<double>(ratio), &positive));
    ASSERT_TRUE(MakeMultiplier(std::fabs(static_cast<double>(leak)), &negative));
    std::vector<T> x;
    for (int i = 0; i < 300; ++i) x.push_back(static_cast<T>(random.Int(kMin, kMax)));
    std::vector<T> y(x.size());
    StopToken stop;
    ASSERT_TRUE(LeakyRelu<T>(p, x.data(), x.size(), y.data(), stop));
    for (size_t i = 0; i < x.size(); ++i) {
      const int32_t steps = x[i] - p.input_zero;
      Wide value = reference::Scaled(steps, steps >= 0 ? positive : negative);
      if (steps < 0 && alpha < 0) value = -value;
      value = reference::Wrap(value + p.output_zero);
      ASSERT_EQ(y[i], static_cast<T>(std::clamp<Wide>(value, kMin, kMax))) << int{x[i]};
    }
  }
}

TEST(LeakyRelu, AgreesWithRationalArithmetic) {
  ExpectLeaky<int8_t>(331);
  ExpectLeaky<int16_t>(332);
}

TEST(LeakyRelu, ScalesOutsideTheFixedPointAreRefused) {
  LeakyReluParams p;
  EXPECT_FALSE(MakeLeakyReluScales(1, INFINITY, 1, &p));
  EXPECT_FALSE(MakeLeakyReluScales(1, NAN, 1, &p));
  EXPECT_FALSE(MakeLeakyReluScales(1e38f, 1, 1e-38f, &p));
  EXPECT_TRUE(MakeLeakyReluScales(1, 0, 1, &p));
}

TEST(LeakyRelu, FloatsAndStops) {
  const float x[] = {-2, 0, 3, INFINITY, -INFINITY, NAN};
  float y[6];
  StopToken stop;
  ASSERT_TRUE(LeakyReluF32(0.25f, x, 6, y, stop));
  EXPECT_EQ(std::vector<float>(y, y + 5), (std::vector<float>{-0.5f, 0, 3, INFINITY, -INFINITY}));
  EXPECT_TRUE(std::isnan(y[5]));
  stop.Raise();
  EXPECT_FALSE(LeakyReluF32(0.25f, x, 6, y, stop));
}

}  // namespace leaky_relu_test
}  // namespace moonlet
