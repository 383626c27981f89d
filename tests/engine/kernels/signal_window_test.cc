#include "engine/kernels/signal_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace signal_window_test {

using reference::FloorDivide;
using reference::Random;
using reference::Rounds;
using reference::Wide;

std::vector<int16_t> Samples(Random& random, int32_t n) {
  std::vector<int16_t> samples(static_cast<size_t>(n));
  const int32_t largest = random.Int(0, 32768);
  for (int16_t& x : samples)
    x = static_cast<int16_t>(random.Int(-largest, std::min(largest, 32767)));
  return samples;
}

TEST(WindowS16, AgreesWithRationalArithmetic) {
  Random random(72);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int32_t n = random.Int(1, 40);
    std::vector<int16_t> x = Samples(random, n);
    const std::vector<int16_t> w = Samples(random, n);
    std::vector<uint8_t> odd(1 + 2 * w.size());
    std::memcpy(odd.data() + 1, w.data(), 2 * w.size());
    const int shift = random.Chance(20) ? random.Int(0, 31) : 12;
    const std::vector<int16_t> before = x;
    WindowS16(x.data(), Unaligned<int16_t>(odd.data() + 1), n, shift, x.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const Wide product = FloorDivide(Wide{before[i]} * w[i], Wide{1} << shift);
      ASSERT_EQ(x[i], std::clamp<Wide>(product, -32768, 32767)) << i;
    }
  }
}

TEST(FreeBitsS16, IsTheLargestShiftThatLosesNothing) {
  Random random(73);
  for (int round = 0; round < Rounds(); ++round) {
    std::vector<int16_t> x = Samples(random, random.Int(1, 20));
    if (std::ranges::count(x, -32768) > 0) continue;
    int32_t largest = 0;
    for (const int32_t v : x) largest = std::max(largest, v < 0 ? -v : v);
    int32_t expected = 0;
    while (largest > 0 && (largest << (expected + 1)) <= 32767) ++expected;
    const auto n = static_cast<int32_t>(x.size());
    ASSERT_EQ(FreeBitsS16(x.data(), n), expected);
    const std::vector<int16_t> before = x;
    ShiftLeftS16(x.data(), n, expected, x.data());
    for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(x[i], before[i] * (1 << expected));
  }
}

TEST(FreeBitsS16, TheMostNegativeSampleCountsUntilALargerOne) {
  const int16_t last[] = {5, -32768}, first[] = {-32768, 5}, alone[] = {-32768, -32768};
  EXPECT_EQ(FreeBitsS16(last, 2), 0);
  EXPECT_EQ(FreeBitsS16(alone, 2), 0);
  EXPECT_EQ(FreeBitsS16(first, 2), 12);
  int16_t shifted[2];
  ShiftLeftS16(first, 2, 12, shifted);
  EXPECT_EQ(shifted[0], 0);
  EXPECT_EQ(shifted[1], 20480);
}

}  // namespace signal_window_test
}  // namespace moonlet
