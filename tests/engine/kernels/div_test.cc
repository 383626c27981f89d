#include "engine/kernels/div.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace div_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

TEST(DivS32, TruncatesAndClamps) {
  Random random(81);
  BroadcastPair pair;
  ASSERT_TRUE(
      MakeBroadcastPair(std::vector<int32_t>{2, 3}, std::vector<int32_t>{3}, &pair, nullptr));
  StopToken stop;
  for (int round = 0; round < Rounds(); ++round) {
    std::vector<int32_t> a(6), b(3), y(6);
    for (int32_t& x : a) x = random.Chance(10) ? kInt32Min : random.Int(kInt32Min, kInt32Max);
    for (int32_t& x : b) x = random.Chance(60) ? random.Int(-2, 2) : random.Int(-999, 999);
    const RangeS32 range = MakeRangeS32(random.Chance(50) ? Activation::kNone : Activation::kRelu6);
    ASSERT_TRUE(DivS32(range, pair, a.data(), b.data(), y.data(), stop));
    for (size_t i = 0; i < 6; ++i) {
      const Wide divisor = b[i % 3];
      const Wide quotient = divisor == 0 ? 0 : Wide{a[i]} / divisor;
      ASSERT_EQ(y[i], std::clamp(reference::Wrap(quotient), range.min, range.max))
          << a[i] << " / " << b[i % 3];
    }
  }
}

TEST(DivF32, DividesAndClamps) {
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(std::vector<int32_t>{4}, std::vector<int32_t>{1}, &pair, nullptr));
  const float a[] = {1, -2, 3, 100};
  const float b = 4;
  float y[4];
  StopToken stop;
  ASSERT_TRUE(DivF32(MakeRangeF32(Activation::kRelu6), pair, a, &b, y, stop));
  EXPECT_EQ(y[0], 0.25f);
  EXPECT_EQ(y[1], 0.0f);
  EXPECT_EQ(y[2], 0.75f);
  EXPECT_EQ(y[3], 6.0f);
  stop.Raise();
  EXPECT_FALSE(DivF32(MakeRangeF32(Activation::kNone), pair, a, &b, y, stop));
}

}  // namespace div_test
}  // namespace moonlet
