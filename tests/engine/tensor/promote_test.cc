#include "engine/tensor/promote.h"

#include <gtest/gtest.h>

#include "tests/engine/tensor/promote_golden.h"

namespace moonlet {
namespace promote_test {

TEST(Promote, AgreesWithNumpy) {
  for (const auto& row : kPromoteGolden) {
    DType a;
    ASSERT_TRUE(DTypeByName(row[0], &a));
    for (int i = 0; i < kDTypes; ++i) {
      DType b;
      ASSERT_TRUE(DTypeByName(kPromoteGolden[i][0], &b));
      EXPECT_STREQ(NameOf(Promote(a, b)), row[i + 1]) << NameOf(a) << " " << NameOf(b);
    }
  }
}

DType Of(BinaryOp op, DType dtype) {
  DType result;
  EXPECT_TRUE(ResultOf(op, dtype, &result).ok());
  return result;
}

TEST(ResultOf, DivisionAndPowerOfIntegersGiveFloat32) {
  for (BinaryOp op : {BinaryOp::kDivide, BinaryOp::kPower}) {
    EXPECT_EQ(Of(op, DType::kInt8), DType::kFloat32);
    EXPECT_EQ(Of(op, DType::kInt64), DType::kFloat32);
    EXPECT_EQ(Of(op, DType::kBool), DType::kFloat32);
    EXPECT_EQ(Of(op, DType::kFloat64), DType::kFloat64);
  }
  EXPECT_EQ(Of(BinaryOp::kFloorDivide, DType::kInt16), DType::kInt16);
  EXPECT_EQ(Of(BinaryOp::kModulo, DType::kBool), DType::kInt8);
}

TEST(ResultOf, RefusesWhatHasNoMeaning) {
  DType dtype;
  EXPECT_EQ(ResultOf(BinaryOp::kAnd, DType::kInt8, &dtype).code(), Code::kInvalid);
  EXPECT_EQ(ResultOf(BinaryOp::kSubtract, DType::kBool, &dtype).code(), Code::kInvalid);
  EXPECT_EQ(ResultOf(UnaryOp::kNegate, DType::kBool, &dtype).code(), Code::kInvalid);
  EXPECT_EQ(ResultOf(UnaryOp::kNot, DType::kFloat32, &dtype).code(), Code::kInvalid);
}

}  // namespace promote_test
}  // namespace moonlet
