#include "engine/kernels/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace quantize_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

template <typename T>
T Saturate(Wide x) {
  const Wide low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(x, low, high));
}

template <typename T>
void ExpectQuantized(uint32_t seed) {
  Random random(seed);
  for (int i = 0; i < 20 * Rounds(); ++i) {
    const float scale = std::ldexp(random.Real(0.5f, 1), random.Int(-12, 4));
    const auto zero = static_cast<T>(sizeof(T) < 4 ? random.Int(-100, 100) : 0);
    float x = random.Real(-300, 300);
    if (random.Chance(30)) x = (static_cast<float>(random.Int(-200, 200)) + 0.5f) * scale;
    T q;
    Quantize(&x, 1, scale, zero, &q);
    const volatile float steps = x / scale;
    ASSERT_EQ(q, Saturate<T>(static_cast<Wide>(std::llround(static_cast<double>(steps))) + zero))
        << x << " / " << scale;
    float back;
    Dequantize(&q, 1, scale, zero, &back);
    ASSERT_EQ(back,
              static_cast<float>(static_cast<double>(scale) * (static_cast<double>(q) - zero)));
  }
}

TEST(Quantize, RoundsHalfAwayAndSaturates) {
  ExpectQuantized<int8_t>(71);
  ExpectQuantized<uint8_t>(72);
  ExpectQuantized<int16_t>(73);
  ExpectQuantized<int32_t>(74);
}

TEST(Quantize, TheOddFloats) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float x[] = {inf, -inf, nan, -nan, 1e30f, -1e30f, 0.49999997f, -0.49999997f, 2147483520.0f};
  int8_t q[9];
  Quantize(x, 9, 1.0f, 7, q);
  const int8_t expected[] = {127, -128, 7, 7, 127, -128, 7, 7, 127};
  for (int i = 0; i < 9; ++i) EXPECT_EQ(q[i], expected[i]) << i;
  int32_t wide[9];
  Quantize(x, 9, 1.0f, 7, wide);
  EXPECT_EQ(wide[0], kInt32Max);
  EXPECT_EQ(wide[1], kInt32Min + 7);
  EXPECT_EQ(wide[8], 2147483527);
}

template <typename From, typename To>
void ExpectRequantized(uint32_t seed) {
  Random random(seed);
  for (int i = 0; i < 10 * Rounds(); ++i) {
    const RequantizeParams p = {
        {random.Int(1 << 30, kInt32Max), static_cast<int8_t>(random.Int(-31, 24))},
        random.Int(-128, 127),
        random.Int(-128, 127)};
    const auto x = static_cast<From>(
        random.Int(std::numeric_limits<From>::min(), std::numeric_limits<From>::max()));
    To q;
    Requantize(p, &x, 1, &q);
    const int32_t scaled = reference::Scaled(reference::Wrap(Wide{x} - p.input_zero), p.scale);
    ASSERT_EQ(q, Saturate<To>(Wide{scaled} + p.output_zero)) << int64_t{x} - p.input_zero;
  }
}

TEST(Requantize, EveryPair) {
  ExpectRequantized<int8_t, int8_t>(81);
  ExpectRequantized<int8_t, uint8_t>(82);
  ExpectRequantized<int8_t, int16_t>(83);
  ExpectRequantized<int8_t, int32_t>(84);
  ExpectRequantized<int16_t, int8_t>(85);
  ExpectRequantized<int16_t, int16_t>(86);
  ExpectRequantized<int16_t, int32_t>(87);
  ExpectRequantized<int32_t, int8_t>(88);
  ExpectRequantized<int32_t, int16_t>(89);
  ExpectRequantized<uint8_t, int8_t>(90);
}

}  // namespace quantize_test
}  // namespace moonlet
