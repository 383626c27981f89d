#include "engine/kernels/window.h"

#include <gtest/gtest.h>

#include <limits>

namespace moonlet {
namespace window_test {

constexpr int32_t kMax = std::numeric_limits<int32_t>::max();

TEST(Axis, KnownSizes) {
  Axis axis;
  ASSERT_TRUE(MakeAxis(Padding::kSame, 49, 10, 2, 1, &axis));
  EXPECT_EQ(axis.output, 25);
  EXPECT_EQ(axis.pad, 4) << "the odd one of 9 goes after";
  ASSERT_TRUE(MakeAxis(Padding::kValid, 49, 10, 2, 1, &axis));
  EXPECT_EQ(axis.output, 20);
  EXPECT_EQ(axis.pad, 0);
  ASSERT_TRUE(MakeAxis(Padding::kValid, 5, 3, 1, 2, &axis));
  EXPECT_EQ(axis.output, 1);
}

TEST(Axis, RefusesWhatDoesNotFit) {
  Axis axis;
  EXPECT_FALSE(MakeAxis(Padding::kValid, 3, 4, 1, 1, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 0, 1, 1, 1, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 1, 0, 1, 1, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 1, 1, 0, 1, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 1, 1, 1, 0, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 4, 3, 1, kMax, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, 4, kMax, 1, kMax, &axis));
  EXPECT_FALSE(MakeAxis(Padding::kSame, kMax, 3, 1, 1, &axis));
  EXPECT_TRUE(MakeAxis(Padding::kSame, 4, 1, kMax, kMax, &axis)) << "one tap needs no dilation";
  EXPECT_EQ(axis.output, 1);
}

// Every tap is counted once and lies where the formula says.
TEST(Axis, TapsAreThoseInside) {
  for (int32_t input = 1; input <= 7; ++input)
    for (int32_t kernel = 1; kernel <= 5; ++kernel)
      for (int32_t stride = 1; stride <= 3; ++stride)
        for (int32_t dilation = 1; dilation <= 3; ++dilation)
          for (Padding padding : {Padding::kSame, Padding::kValid}) {
            Axis axis;
            if (!MakeAxis(padding, input, kernel, stride, dilation, &axis)) continue;
            for (int32_t o = 0; o < axis.output; ++o) {
              const Axis::Taps taps = axis.TapsAt(o);
              for (int32_t t = 0; t < kernel; ++t) {
                const int32_t at = o * stride - axis.pad + t * dilation;
                EXPECT_EQ(taps.first <= t && t < taps.last, at >= 0 && at < input)
                    << input << " " << kernel << " " << stride << " " << dilation << " " << o;
              }
            }
          }
}

}  // namespace window_test
}  // namespace moonlet
