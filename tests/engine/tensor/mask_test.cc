#include "engine/tensor/mask.h"

#include <gtest/gtest.h>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace mask_test {

struct MaskTest : testing::Test {
  StopToken stop;
  std::vector<int32_t> values = {0, 1, 2, 3, 4, 5};
  Tensor t = Over(values, {3, 2});
  bool truth[6] = {true, false, false, true, true, true};
  Shape shape;
};

TEST_F(MaskTest, PicksElementsInRowMajorOrder) {
  const Tensor mask = RowMajor(truth, DType::kBool, ShapeOf({3, 2}));
  Index count;
  ASSERT_TRUE(CountTrue(mask, stop, &count).ok());
  EXPECT_EQ(count, 4);
  ASSERT_TRUE(PickedShape(t, mask, count, &shape).ok());
  EXPECT_EQ(shape, ShapeOf({4}));
  std::vector<int32_t> picked(4);
  ASSERT_TRUE(Pick(t, mask, Over(picked, {4}), stop).ok());
  EXPECT_EQ(picked, (std::vector<int32_t>{0, 3, 4, 5}));
}

TEST_F(MaskTest, PicksAndPutsRows) {
  const Tensor mask = Slice(RowMajor(truth, DType::kBool, ShapeOf({3})), 0, 2, 3, -1);
  ASSERT_TRUE(PickedShape(t, mask, 1, &shape).ok());
  EXPECT_EQ(shape, ShapeOf({1, 2}));
  std::vector<int32_t> picked(2);
  ASSERT_TRUE(Pick(t, mask, Over(picked, {1, 2}), stop).ok());
  EXPECT_EQ(picked, (std::vector<int32_t>{4, 5}));
  picked = {-4, -5};
  ASSERT_TRUE(PutPicked(Over(picked, {1, 2}), mask, t, stop).ok());
  EXPECT_EQ(values, (std::vector<int32_t>{0, 1, 2, 3, -4, -5}));
}

TEST_F(MaskTest, RefusesOtherShapesAndDTypes) {
  EXPECT_STREQ(PickedShape(t, t, 0, &shape).what(), "mask is int32, expected bool");
  EXPECT_STREQ(PickedShape(t, RowMajor(truth, DType::kBool, ShapeOf({2})), 0, &shape).what(),
               "mask has shape {2}, expected {3, 2} or its leading axes");
  EXPECT_FALSE(PickedShape(t, RowMajor(truth, DType::kBool, ShapeOf({})), 0, &shape).ok());
}

}  // namespace mask_test
}  // namespace moonlet
