#include "engine/tensor/quantize.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace quantize_test {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(QuantizeTensor, RoundsHalfAwayFromZeroAndSaturates) {
  std::vector<float> values = {0.25f, -0.25f, 0.24f, 1000, -1000, kNan, kInf, -kInf};
  std::vector<int8_t> out(8);
  ASSERT_TRUE(QuantizeTensor(Over(values, {8}), 0.5f, 10, Over(out, {8}), StopToken()).ok());
  EXPECT_EQ(out, (std::vector<int8_t>{11, 9, 10, 127, -128, 10, 127, -128}));
}

TEST(QuantizeTensor, FollowsStrides) {
  std::vector<float> values = {1, 2, 3, 4};
  std::vector<int16_t> out(2);
  const Tensor odd = Slice(Over(values, {4}), 0, 2, 2, -2);
  ASSERT_TRUE(QuantizeTensor(odd, 0.5f, 0, Over(out, {2}), StopToken()).ok());
  EXPECT_EQ(out, (std::vector<int16_t>{6, 2}));
  std::vector<float> back(4, 9);
  ASSERT_TRUE(
      DequantizeTensor(Over(out, {2}), 0.5f, 0, Slice(Over(back, {4}), 0, 0, 2, 2), StopToken())
          .ok());
  EXPECT_EQ(back, (std::vector<float>{3, 9, 1, 9}));
}

TEST(QuantizeTensor, RefusesOtherDTypes) {
  std::vector<float> values(2);
  std::vector<double> wide(2);
  std::vector<uint16_t> out(2);
  EXPECT_EQ(QuantizeTensor(Over(values, {2}), 1, 0, Over(out, {2}), StopToken()).code(),
            Code::kUnsupported);
  EXPECT_EQ(QuantizeTensor(Over(wide, {2}), 1, 0, Over(out, {2}), StopToken()).code(),
            Code::kUnsupported);
  EXPECT_EQ(DequantizeTensor(Over(out, {2}), 1, 0, Over(values, {2}), StopToken()).code(),
            Code::kUnsupported);
}

}  // namespace quantize_test
}  // namespace moonlet
