#include "engine/kernels/activation.h"

#include <gtest/gtest.h>

#include <limits>

namespace moonlet {
namespace activation_test {

void ExpectRange(Activation activation, float scale, int32_t zero, int min, int max) {
  OutputS8 output;
  ASSERT_TRUE(MakeOutputS8(activation, scale, zero, &output));
  EXPECT_EQ(output.zero, zero);
  EXPECT_EQ(output.min, min);
  EXPECT_EQ(output.max, max);
}

TEST(Activation, QuantizedRanges) {
  ExpectRange(Activation::kNone, 0.1f, 5, -128, 127);
  ExpectRange(Activation::kTanh, 0.1f, 5, -128, 127);
  ExpectRange(Activation::kSignBit, 0.1f, 5, -128, 127);
  ExpectRange(Activation::kRelu, 0.1f, -128, -128, 127);
  ExpectRange(Activation::kRelu, 0.1f, 5, 5, 127);
  ExpectRange(Activation::kRelu6, 0.1f, -100, -100, -40);
  ExpectRange(Activation::kRelu6, 0.01f, -128, -128, 127);
  ExpectRange(Activation::kReluN1To1, 0.1f, 3, -7, 13);
  ExpectRange(Activation::kRelu6, 4.0f, 0, 0, 2);  // 1.5 rounds away from zero
}

TEST(Activation, WideRanges) {
  OutputS16 output;
  ASSERT_TRUE(MakeOutputS16(Activation::kNone, 0.1f, -700, &output));
  EXPECT_EQ(output.zero, -700);
  EXPECT_EQ(output.min, -32768);
  EXPECT_EQ(output.max, 32767);
  ASSERT_TRUE(MakeOutputS16(Activation::kRelu6, 0.001f, -700, &output));
  EXPECT_EQ(output.min, -700);
  EXPECT_EQ(output.max, 5300);
  ASSERT_TRUE(MakeOutputS16(Activation::kRelu6, 0.0001f, 0, &output));
  EXPECT_EQ(output.max, 32767);
  EXPECT_FALSE(MakeOutputS16(Activation::kRelu6, 1e-12f, 0, &output));
}

TEST(Activation, AScaleWithoutAnInt32LimitIsRefused) {
  OutputS8 output;
  EXPECT_FALSE(MakeOutputS8(Activation::kRelu6, 1e-12f, 0, &output));
  EXPECT_FALSE(MakeOutputS8(Activation::kRelu, 0.0f, 0, &output));
  EXPECT_TRUE(MakeOutputS8(Activation::kNone, 0.0f, 0, &output));
}

TEST(Activation, FloatRanges) {
  const float inf = std::numeric_limits<float>::infinity();
  const float max = std::numeric_limits<float>::max();
  EXPECT_EQ(Clamp(inf, MakeRangeF32(Activation::kNone)), max);
  EXPECT_EQ(Clamp(-inf, MakeRangeF32(Activation::kNone)), -max);
  EXPECT_EQ(Clamp(-3.0f, MakeRangeF32(Activation::kRelu)), 0.0f);
  EXPECT_EQ(Clamp(7.0f, MakeRangeF32(Activation::kRelu6)), 6.0f);
  EXPECT_EQ(Clamp(-7.0f, MakeRangeF32(Activation::kReluN1To1)), -1.0f);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(Clamp(nan, MakeRangeF32(Activation::kRelu6)),
            Clamp(nan, MakeRangeF32(Activation::kRelu6)));
}

}  // namespace activation_test
}  // namespace moonlet
