#include "engine/kernels/hybrid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/kernels/int4.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace hybrid_test {

using reference::Random;
using reference::Rounds;

// Back to real numbers each value is within half a step, but for the rounding of the zero point.
TEST(HybridTest, RowsComeBackWithinAStep) {
  Random random(21);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int32_t n = random.Int(1, 40);
    std::vector<float> x(static_cast<size_t>(n));
    const float low = random.Real(-3, 1), high = low + random.Real(0.01f, 5);
    for (float& v : x) v = random.Real(low, high);
    std::vector<int8_t> q(x.size());
    const RowScale even = QuantizeSymmetric(x.data(), x.size(), q.data());
    EXPECT_EQ(even.zero, 0);
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(even.scale * static_cast<float>(q[i]), x[i], even.scale * 0.501f);
    const RowScale odd = QuantizeAsymmetric(x.data(), x.size(), q.data());
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(odd.scale * static_cast<float>(q[i] - odd.zero), x[i], odd.scale * 1.001f);
  }
}

TEST(HybridTest, RowsOfOneSignHaveTheirZeroAtTheEnd) {
  const float up[] = {0.5f, 1, 2}, down[] = {-0.5f, -1, -2}, none[] = {0, 0, -0.0f};
  int8_t q[3];
  EXPECT_EQ(QuantizeAsymmetric(up, 3, q).zero, -128);
  EXPECT_EQ(q[2], 127);
  EXPECT_EQ(QuantizeAsymmetric(down, 3, q).zero, 127);
  EXPECT_EQ(q[2], -128);
  for (const auto quantize : {QuantizeSymmetric, QuantizeAsymmetric}) {
    const RowScale row = quantize(none, 3, q);
    EXPECT_EQ(row.scale, 1);
    EXPECT_EQ(row.zero, 0);
    EXPECT_EQ(q[0], 0);
  }
  const float strange[] = {NAN, 1, -1};
  EXPECT_EQ(QuantizeSymmetric(strange, 3, q).scale, 1.0f / 127);
  EXPECT_EQ(q[0], 0);
  const RowScale row = QuantizeAsymmetric(strange, 3, q);
  EXPECT_EQ(q[0], row.zero);
}

TEST(HybridTest, Int4) {
  const uint8_t packed[] = {0x70, 0x8F, 0x05};
  int8_t values[5];
  StopToken stop;
  ASSERT_TRUE(UnpackInt4(packed, 5, values, stop));
  EXPECT_EQ(std::vector<int8_t>(values, values + 5), (std::vector<int8_t>{0, 7, -1, -8, 5}));
  stop.Raise();
  EXPECT_FALSE(UnpackInt4(packed, 5, values, stop));
}

}  // namespace hybrid_test
}  // namespace moonlet
