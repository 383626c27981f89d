#include "engine/kernels/strided_copy.h"

#include <gtest/gtest.h>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace strided_copy_test {

using reference::Random;

TEST(StridedCopy, VisitsEveryPositionOnce) {
  Random random(311);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int rank = random.Int(0, 4);
    const int32_t width = 1 << random.Int(0, 3);
    // A source of 4 positions per axis, of which each axis takes some, perhaps backwards, and
    // a destination without gaps or with.
    std::vector<StridedAxis> axes(static_cast<size_t>(rank));
    int32_t from = width, to = width, start = 0;
    for (size_t i = axes.size(); i-- > 0; from *= 4, to *= axes[i].count + random.Int(0, 1)) {
      axes[i] = {random.Int(1, 4), from, to};
      if (random.Chance(30)) start += (axes[i].count - 1) * from, axes[i].from = -from;
    }
    std::vector<uint8_t> source(4096), expected(4096), result(4096);
    for (uint8_t& x : source) x = static_cast<uint8_t>(random.Int(1, 255));
    int32_t total = 1;
    for (const StridedAxis& axis : axes) total *= axis.count;
    for (int32_t n = 0; n < total; ++n) {
      int32_t rest = n, at_from = start, at_to = 0;
      for (size_t i = axes.size(); i-- > 0; rest /= axes[i].count) {
        at_from += rest % axes[i].count * axes[i].from;
        at_to += rest % axes[i].count * axes[i].to;
      }
      std::memcpy(&expected[static_cast<size_t>(at_to)], &source[static_cast<size_t>(at_from)],
                  static_cast<size_t>(width));
    }
    StopToken stop;
    ASSERT_TRUE(
        CopyStrided(MakeStridedCopy(axes, width), source.data() + start, result.data(), stop));
    ASSERT_EQ(result, expected);
  }
}

TEST(StridedCopy, JoinsAxesAndStops) {
  // Rows of 3 x 2 bytes, every second one.
  const StridedAxis axes[] = {{4, 48, 24}, {4, 12, 6}, {3, 2, 2}};
  const StridedCopy copy = MakeStridedCopy(axes, 2);
  EXPECT_EQ(copy.run, 6);
  EXPECT_EQ(copy.rank, 1);
  EXPECT_EQ(copy.axes[0].count, 16);
  std::vector<uint8_t> from(192), to(96);
  StopToken stop;
  EXPECT_TRUE(CopyStrided(copy, from.data(), to.data(), stop));
  stop.Raise();
  EXPECT_FALSE(CopyStrided(copy, from.data(), to.data(), stop));
}

}  // namespace strided_copy_test
}  // namespace moonlet
