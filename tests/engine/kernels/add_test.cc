#include "engine/kernels/add.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace add_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

// Two random shapes that broadcast, and where each joint element comes from.
struct Case {
  std::vector<int32_t> a, b, joint;
  std::vector<size_t> from_a, from_b;

  explicit Case(Random& random) {
    const int32_t rank = random.Int(0, 5);
    for (int32_t i = 0; i < rank; ++i) joint.push_back(random.Int(1, 4));
    a = b = joint;
    for (int32_t i = 0; i < rank; ++i) {
      const auto k = static_cast<size_t>(i);
      if (random.Chance(25)) (random.Chance(50) ? a : b)[k] = 1;
    }
    // Leading ones may be left out.
    while (!b.empty() && b[0] == 1 && random.Chance(50)) b.erase(b.begin());
    for (size_t i = 0; i < joint.size(); ++i) {
      const size_t skipped = joint.size() - b.size();
      joint[i] = std::max(a[i], i < skipped ? 1 : b[i - skipped]);
    }
    size_t size = 1;
    for (int32_t d : joint) size *= static_cast<size_t>(d);
    for (size_t i = 0; i < size; ++i) {
      from_a.push_back(Source(a, i));
      from_b.push_back(Source(b, i));
    }
  }
  static int64_t Size(const std::vector<int32_t>& shape) {
    int64_t n = 1;
    for (int32_t d : shape) n *= d;
    return n;
  }

 private:
  size_t Source(const std::vector<int32_t>& shape, size_t index) const {
    size_t source = 0, stride = 1;
    for (size_t i = 1; i <= shape.size(); ++i) {
      const auto length = static_cast<size_t>(joint[joint.size() - i]);
      const auto own = static_cast<size_t>(shape[shape.size() - i]);
      if (own != 1) source += index % length * stride;
      stride *= own;
      index /= length;
    }
    return source;
  }
};

// The common scale and the three factors, computed in double as ADD's or in float as SUB's.
struct Factors {
  Multiplier a, b, output;

  template <typename Real>
  static Factors In(float a, float b, float output, int head_room) {
    Factors f;
    const volatile Real common = 2 * static_cast<Real>(std::max(a, b));
    const volatile Real share_a = static_cast<Real>(a) / common;
    const volatile Real share_b = static_cast<Real>(b) / common;
    const volatile Real whole = common / std::ldexp(static_cast<Real>(output), head_room);
    EXPECT_TRUE(MakeMultiplier(static_cast<double>(share_a), &f.a));
    EXPECT_TRUE(MakeMultiplier(static_cast<double>(share_b), &f.b));
    EXPECT_TRUE(MakeMultiplier(static_cast<double>(whole), &f.output));
    return f;
  }
};

// Random tensors through one kernel; `sign` is -1 for a difference.
template <typename T, typename Real, int kHeadRoom, typename Params, typename Make, typename Kernel>
void ExpectRational(uint32_t seed, int sign, Make make, Kernel kernel) {
  constexpr int32_t kMin = std::numeric_limits<T>::min(), kMax = std::numeric_limits<T>::max();
  Random random(seed);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case shapes(random);
    const auto values = [&random](int64_t n) {
      std::vector<T> v;
      for (; n > 0; --n) v.push_back(static_cast<T>(random.Int(kMin, kMax)));
      return v;
    };
    const auto a = values(Case::Size(shapes.a)), b = values(Case::Size(shapes.b));
    Params p;
    const float sa = std::ldexp(random.Real(0.5f, 1), random.Int(-8, 0));
    const float sb = std::ldexp(random.Real(0.5f, 1), random.Int(-8, 0));
    const float so = std::ldexp(random.Real(0.5f, 1),
                                random.Chance(10) ? random.Int(-11, 20) : random.Int(-8, 1));
    ASSERT_TRUE(make(sa, sb, so, kHeadRoom, &p.scales));
    const auto zero = [&random] { return static_cast<int16_t>(random.Int(kMin, kMax)); };
    p.zero_a = zero();
    p.zero_b = zero();
    p.output = {zero(), static_cast<int16_t>(random.Chance(50) ? kMin : random.Int(kMin, 0)), kMax};
    BroadcastPair pair;
    ASSERT_TRUE(MakeBroadcastPair(shapes.a, shapes.b, &pair, nullptr));
    std::vector<T> output(shapes.from_a.size());
    StopToken stop;
    ASSERT_TRUE(kernel(p, pair, a.data(), b.data(), output.data(), stop));
    const Factors f = Factors::In<Real>(sa, sb, so, kHeadRoom);
    for (size_t i = 0; i < output.size(); ++i) {
      const int32_t x = reference::Scaled((a[shapes.from_a[i]] - p.zero_a) * (1 << kHeadRoom), f.a);
      const int32_t y = reference::Scaled((b[shapes.from_b[i]] - p.zero_b) * (1 << kHeadRoom), f.b);
      const Wide scaled = reference::Scaled(reference::Wrap(Wide{x} + sign * Wide{y}), f.output);
      ASSERT_EQ(output[i], static_cast<T>(std::clamp<Wide>(scaled + p.output.zero, p.output.min,
                                                           p.output.max)))
          << i;
    }
  }
}

TEST(Add, QuantizedAgreesWithRationalArithmetic) {
  ExpectRational<int8_t, double, 20, AddS8Params>(61, 1, MakeAddScales, AddS8);
  ExpectRational<int16_t, double, 15, AddS16Params>(63, 1, MakeAddScales, AddS16);
}

TEST(Sub, QuantizedAgreesWithRationalArithmetic) {
  ExpectRational<int8_t, float, 20, AddS8Params>(64, -1, MakeSubScales, SubS8);
  ExpectRational<int16_t, float, 15, AddS16Params>(65, -1, MakeSubScales, SubS16);
}

TEST(Add, ScalesOutsideTheFixedPointAreRefused) {
  AddScales scales;
  for (const auto make : {MakeAddScales, MakeSubScales}) {
    EXPECT_FALSE(make(0, 1, 1, 20, &scales));
    EXPECT_FALSE(make(1, 1, 0, 20, &scales));
    EXPECT_FALSE(make(1, 1, 0x1p-19f, 20, &scales));
    EXPECT_TRUE(make(1, 1, 0x1p-18f, 20, &scales));
    EXPECT_FALSE(make(1, 1, 0x1p-18f, 15, &scales));
  }
}

TEST(Add, FloatsAddSubtractAndClamp) {
  Random random(62);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case shapes(random);
    const auto a = random.F32(Case::Size(shapes.a)), b = random.F32(Case::Size(shapes.b));
    BroadcastPair pair;
    ASSERT_TRUE(MakeBroadcastPair(shapes.a, shapes.b, &pair, nullptr));
    std::vector<float> sum(shapes.from_a.size()), difference(sum.size());
    StopToken stop;
    ASSERT_TRUE(AddF32({-1, 1}, pair, a.data(), b.data(), sum.data(), stop));
    ASSERT_TRUE(SubF32({-1, 1}, pair, a.data(), b.data(), difference.data(), stop));
    for (size_t i = 0; i < sum.size(); ++i) {
      const float x = a[shapes.from_a[i]], y = b[shapes.from_b[i]];
      ASSERT_EQ(sum[i], std::clamp(x + y, -1.0f, 1.0f)) << i;
      ASSERT_EQ(difference[i], std::clamp(x - y, -1.0f, 1.0f)) << i;
    }
  }
}

TEST(AddS32, Wraps) {
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(std::vector<int32_t>{3}, std::vector<int32_t>{1}, &pair, nullptr));
  const int32_t a[] = {kInt32Max, -5, kInt32Min}, b[] = {7};
  int32_t y[3];
  StopToken stop;
  ASSERT_TRUE(AddS32(pair, a, b, y, stop));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(y[i], reference::Wrap(Wide{a[i]} + b[0])) << i;
  stop.Raise();
  EXPECT_FALSE(AddS32(pair, a, b, y, stop));
}

TEST(Add, EmptyTensorsAndStops) {
  BroadcastPair pair;
  ASSERT_TRUE(
      MakeBroadcastPair(std::vector<int32_t>{3, 0}, std::vector<int32_t>{3, 1}, &pair, nullptr));
  StopToken stop;
  const float x[3] = {};
  float y[3];
  EXPECT_TRUE(AddF32({-1, 1}, pair, x, x, y, stop));
  stop.Raise();
  ASSERT_TRUE(MakeBroadcastPair(std::vector<int32_t>{3}, std::vector<int32_t>{1}, &pair, nullptr));
  EXPECT_FALSE(AddF32({-1, 1}, pair, x, x, y, stop));
}

}  // namespace add_test
}  // namespace moonlet
