#include "engine/kernels/extremes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace moonlet {
namespace extremes_test {

template <typename T>
void CheckExtremes() {
  using Limits = std::numeric_limits<T>;
  const T low = Limits::lowest(), high = Limits::max();
  const std::vector<T> a = {low, T{-1}, T{0}, T{1}, high, T{5}};
  const std::vector<T> b = {T{0}, high, T{-1}};
  const T larger[] = {T{0}, high, T{0}, T{1}, high, T{5}};
  const T smaller[] = {low, T{-1}, T{-1}, T{0}, high, T{-1}};
  BroadcastPair pair;
  ASSERT_TRUE(
      MakeBroadcastPair(std::vector<int32_t>{2, 3}, std::vector<int32_t>{3}, &pair, nullptr));
  StopToken stop;
  std::vector<T> y(6);
  ASSERT_TRUE(Maximum(pair, a.data(), b.data(), y.data(), stop));
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(y[i], larger[i]) << i;
  ASSERT_TRUE(Minimum(pair, a.data(), b.data(), y.data(), stop));
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(y[i], smaller[i]) << i;
  stop.Raise();
  EXPECT_FALSE(Maximum(pair, a.data(), b.data(), y.data(), stop));
  EXPECT_FALSE(Minimum(pair, a.data(), b.data(), y.data(), stop));
}

TEST(Extremes, EveryTypeAtItsLimits) {
  CheckExtremes<int8_t>();
  CheckExtremes<int16_t>();
  CheckExtremes<int32_t>();
  CheckExtremes<int64_t>();
  CheckExtremes<float>();
}

TEST(Extremes, NanGivesTheSecondInput) {
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(std::vector<int32_t>{2}, std::vector<int32_t>{2}, &pair, nullptr));
  const float a[] = {NAN, 1}, b[] = {1, NAN};
  float y[2];
  StopToken stop;
  ASSERT_TRUE(Maximum(pair, a, b, y, stop));
  EXPECT_EQ(y[0], 1);
  EXPECT_TRUE(std::isnan(y[1]));
  ASSERT_TRUE(Minimum(pair, a, b, y, stop));
  EXPECT_EQ(y[0], 1);
  EXPECT_TRUE(std::isnan(y[1]));
}

}  // namespace extremes_test
}  // namespace moonlet
