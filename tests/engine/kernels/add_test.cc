#include "engine/kernels/add.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace {

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

TEST(AddS8, AgreesWithRationalArithmetic) {
  Random random(61);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case shapes(random);
    const auto a = random.S8(Case::Size(shapes.a)), b = random.S8(Case::Size(shapes.b));
    AddS8Params p;
    const float sa = std::ldexp(random.Real(0.5f, 1), random.Int(-8, 0));
    const float sb = std::ldexp(random.Real(0.5f, 1), random.Int(-8, 0));
    const float so = std::ldexp(random.Real(0.5f, 1),
                                random.Chance(10) ? random.Int(-15, 20) : random.Int(-8, 1));
    ASSERT_TRUE(MakeAddScales(sa, sb, so, &p));
    p.zero_a = random.Zero();
    p.zero_b = random.Zero();
    p.output = {random.Zero(), static_cast<int16_t>(random.Chance(50) ? -128 : random.Int(-128, 0)),
                127};
    BroadcastPair pair;
    ASSERT_TRUE(MakeBroadcastPair(shapes.a, shapes.b, &pair, nullptr));
    std::vector<int8_t> output(shapes.from_a.size());
    StopToken stop;
    ASSERT_TRUE(AddS8(p, pair, a.data(), b.data(), output.data(), stop));
    const double larger = std::max(double{sa}, double{sb});
    Multiplier ma, mb, mo;
    ASSERT_TRUE(MakeMultiplier(sa / (2 * larger), &ma));
    ASSERT_TRUE(MakeMultiplier(sb / (2 * larger), &mb));
    ASSERT_TRUE(MakeMultiplier(2 * larger / (1048576.0 * so), &mo));
    for (size_t i = 0; i < output.size(); ++i) {
      const int32_t x = reference::Scaled((a[shapes.from_a[i]] - p.zero_a) * 1048576, ma);
      const int32_t y = reference::Scaled((b[shapes.from_b[i]] - p.zero_b) * 1048576, mb);
      ASSERT_EQ(output[i],
                reference::Finish(Wide{x} + y, mo, p.output.zero, p.output.min, p.output.max))
          << i;
    }
  }
}

TEST(AddS8, ScalesOutsideTheFixedPointAreRefused) {
  AddS8Params p;
  EXPECT_FALSE(MakeAddScales(0, 1, 1, &p));
  EXPECT_FALSE(MakeAddScales(1, 1, 0, &p));
  EXPECT_FALSE(MakeAddScales(1, 1, 0x1p-19f, &p));
  EXPECT_TRUE(MakeAddScales(1, 1, 0x1p-18f, &p));
}

TEST(AddF32, AddsAndClamps) {
  Random random(62);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case shapes(random);
    const auto a = random.F32(Case::Size(shapes.a)), b = random.F32(Case::Size(shapes.b));
    BroadcastPair pair;
    ASSERT_TRUE(MakeBroadcastPair(shapes.a, shapes.b, &pair, nullptr));
    std::vector<float> output(shapes.from_a.size());
    StopToken stop;
    ASSERT_TRUE(AddF32({-1, 1}, pair, a.data(), b.data(), output.data(), stop));
    for (size_t i = 0; i < output.size(); ++i)
      ASSERT_EQ(output[i], std::clamp(a[shapes.from_a[i]] + b[shapes.from_b[i]], -1.0f, 1.0f)) << i;
  }
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

}  // namespace
}  // namespace moonlet
