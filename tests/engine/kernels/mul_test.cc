#include "engine/kernels/mul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace mul_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

// {n, 1, m} times {k, m} is {n, k, m}; `at` gives the elements of each.
struct MulCase {
  int32_t n, k, m;
  BroadcastPair pair;

  explicit MulCase(Random& random) : n(random.Int(1, 4)), k(random.Int(1, 5)), m(random.Int(1, 9)) {
    EXPECT_TRUE(MakeBroadcastPair(std::vector<int32_t>{n, 1, m}, std::vector<int32_t>{k, m}, &pair,
                                  nullptr));
  }
  int64_t size_a() const { return int64_t{n} * m; }
  int64_t size_b() const { return int64_t{k} * m; }
  size_t size() const { return static_cast<size_t>(n * k * m); }
  size_t a(size_t i) const {
    const auto row = static_cast<size_t>(m), rows = static_cast<size_t>(k);
    return i / (row * rows) * row + i % row;
  }
  size_t b(size_t i) const { return i % static_cast<size_t>(k * m); }
};

// A factor for products of `bits` bits that mostly fits the output.
Multiplier ScaleOfProduct(Random& random, int bits, int output_bits) {
  const int shift = random.Chance(10) ? random.Int(-31, 40)
                                      : random.Int(output_bits - bits - 3, output_bits - bits + 2);
  Multiplier m;
  EXPECT_TRUE(MakeMultiplier(std::ldexp(random.Real(0.5f, 1), shift), &m));
  return m;
}

// Rescaled with the sheet's two roundings, without the reference's limits of int8.
int32_t Finished(Wide product, Multiplier m, int32_t zero, int32_t low, int32_t high) {
  // A shift of more than 31 leaves nothing of the value.
  const int32_t scaled = m.shift > 31 ? 0 : reference::Scaled(reference::Wrap(product), m);
  return std::clamp(reference::Wrap(Wide{scaled} + zero), low, high);
}

TEST(MulS8, AgreesWithRationalArithmetic) {
  Random random(91);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const MulCase shapes(random);
    const auto a = random.S8(shapes.size_a()), b = random.S8(shapes.size_b());
    MulS8Params p;
    p.scale = ScaleOfProduct(random, 15, 8);
    p.zero_a = random.Zero();
    p.zero_b = random.Zero();
    p.output = {random.Zero(), static_cast<int16_t>(random.Chance(50) ? -128 : random.Int(-128, 0)),
                127};
    std::vector<int8_t> output(shapes.size());
    StopToken stop;
    ASSERT_TRUE(MulS8(p, shapes.pair, a.data(), b.data(), output.data(), stop));
    for (size_t i = 0; i < output.size(); ++i) {
      const Wide product = Wide{a[shapes.a(i)] - p.zero_a} * (b[shapes.b(i)] - p.zero_b);
      ASSERT_EQ(output[i], Finished(product, p.scale, p.output.zero, p.output.min, p.output.max))
          << i;
    }
  }
}

TEST(MulS16, AgreesWithRationalArithmetic) {
  Random random(92);
  const auto values = [&](int64_t n) {
    std::vector<int16_t> v;
    while (static_cast<int64_t>(v.size()) < n)
      v.push_back(static_cast<int16_t>(random.Chance(10) ? -32768 : random.Int(-32768, 32767)));
    return v;
  };
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const MulCase shapes(random);
    const auto a = values(shapes.size_a()), b = values(shapes.size_b());
    MulS16Params p;
    p.scale = ScaleOfProduct(random, 30, 16);
    p.output.max = static_cast<int16_t>(random.Chance(50) ? 32767 : random.Int(0, 32767));
    std::vector<int16_t> output(shapes.size());
    StopToken stop;
    ASSERT_TRUE(MulS16(p, shapes.pair, a.data(), b.data(), output.data(), stop));
    for (size_t i = 0; i < output.size(); ++i)
      ASSERT_EQ(output[i], Finished(Wide{a[shapes.a(i)]} * b[shapes.b(i)], p.scale, 0, p.output.min,
                                    p.output.max))
          << i;
  }
}

TEST(MulScale, IsTakenInDouble) {
  Multiplier m, expected;
  ASSERT_TRUE(MakeMulScale(0.1f, 0.3f, 0.7f, &m));
  ASSERT_TRUE(MakeMultiplier(double{0.1f} * double{0.3f} / double{0.7f}, &expected));
  EXPECT_EQ(m.value, expected.value);
  EXPECT_EQ(m.shift, expected.shift);
  EXPECT_FALSE(MakeMulScale(1, 1, 0, &m));
  EXPECT_FALSE(MakeMulScale(1e30f, 1e30f, 1e-30f, &m));
}

TEST(MulS32, WrapsAndClamps) {
  Random random(93);
  for (int round = 0; round < Rounds(); ++round) {
    const MulCase shapes(random);
    std::vector<int32_t> a, b;
    for (int64_t i = 0; i < shapes.size_a(); ++i) a.push_back(random.Int(kInt32Min, kInt32Max));
    for (int64_t i = 0; i < shapes.size_b(); ++i) b.push_back(random.Int(-70000, 70000));
    std::vector<int32_t> output(shapes.size());
    const int32_t low = random.Chance(50) ? kInt32Min : 0;
    StopToken stop;
    ASSERT_TRUE(MulS32({low, kInt32Max}, shapes.pair, a.data(), b.data(), output.data(), stop));
    for (size_t i = 0; i < output.size(); ++i)
      ASSERT_EQ(output[i], std::max(low, reference::Wrap(Wide{a[shapes.a(i)]} * b[shapes.b(i)])));
  }
}

TEST(MulF32, MultipliesAndClamps) {
  Random random(94);
  for (int round = 0; round < Rounds(); ++round) {
    const MulCase shapes(random);
    const auto a = random.F32(shapes.size_a()), b = random.F32(shapes.size_b());
    std::vector<float> output(shapes.size());
    StopToken stop;
    ASSERT_TRUE(MulF32({-1, 1}, shapes.pair, a.data(), b.data(), output.data(), stop));
    for (size_t i = 0; i < output.size(); ++i)
      ASSERT_EQ(output[i], std::clamp(a[shapes.a(i)] * b[shapes.b(i)], -1.0f, 1.0f));
  }
}

TEST(Mul, StopsWhenAsked) {
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(std::vector<int32_t>{3}, std::vector<int32_t>{1}, &pair, nullptr));
  const float x[3] = {};
  float y[3];
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(MulF32({-1, 1}, pair, x, x, y, stop));
}

}  // namespace mul_test
}  // namespace moonlet
