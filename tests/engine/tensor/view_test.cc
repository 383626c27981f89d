#include "engine/tensor/view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace view_test {

std::vector<int32_t> Counting(size_t n) {
  std::vector<int32_t> values(n);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

TEST(View, SelectsAndSlices) {
  auto values = Counting(12);
  const Tensor t = Over(values, {3, 4});
  EXPECT_EQ(Elements<int32_t>(Select(t, 0, 2)), (std::vector<int32_t>{8, 9, 10, 11}));
  EXPECT_EQ(Elements<int32_t>(Select(t, 1, 1)), (std::vector<int32_t>{1, 5, 9}));
  EXPECT_EQ(Select(Select(t, 0, 1), 0, 3).rank(), 0);
  EXPECT_EQ(Elements<int32_t>(Slice(t, 1, 3, 2, -2)), (std::vector<int32_t>{3, 1, 7, 5, 11, 9}));
  EXPECT_EQ(Slice(t, 0, 3, 0, 1).shape, ShapeOf({0, 4}));
}

TEST(View, MovesAxes) {
  auto values = Counting(24);
  const Tensor t = Over(values, {2, 3, 4});
  const int order[] = {2, 0, 1};
  const Tensor p = Permute(t, order);
  EXPECT_EQ(p.shape, ShapeOf({4, 2, 3}));
  EXPECT_EQ(p.as<int32_t>()[3 * p.strides[0] + p.strides[1] + 2 * p.strides[2]], values[23]);
  const Tensor u = Unsqueeze(t, 1);
  EXPECT_EQ(u.shape, ShapeOf({2, 1, 3, 4}));
  EXPECT_EQ(Elements<int32_t>(u), values);
  EXPECT_EQ(Unsqueeze(t, 3).shape, ShapeOf({2, 3, 4, 1}));
  EXPECT_EQ(Squeeze(u, 1).shape, t.shape);
  EXPECT_EQ(Elements<int32_t>(Squeeze(u, 1)), values);
}

TEST(ReshapeView, RefusesWhatNeedsACopy) {
  auto values = Counting(12);
  const Tensor t = Over(values, {3, 4});
  const int order[] = {1, 0};
  Tensor view;
  EXPECT_FALSE(ReshapeView(Permute(t, order), ShapeOf({12}), &view));
  EXPECT_TRUE(ReshapeView(Permute(t, order), ShapeOf({2, 2, 3}), &view));
  EXPECT_FALSE(ReshapeView(Slice(t, 1, 0, 2, 1), ShapeOf({6}), &view));
  EXPECT_TRUE(ReshapeView(Slice(t, 0, 2, 3, -1), ShapeOf({3, 2, 2}), &view));
  EXPECT_TRUE(ReshapeView(Over(values, {0, 3}), ShapeOf({2, 0, 7}), &view));
}

// Random slices of permuted tensors into random factorings: a view, where there is one,
// shows the same elements in the same order.
TEST(ReshapeView, KeepsTheOrderOfElements) {
  std::mt19937 random(5);
  auto values = Counting(2 * 4 * 6 * 3);
  int views = 0;
  for (int round = 0; round < 3000; ++round) {
    int order[] = {0, 1, 2, 3};
    if (round % 2) std::shuffle(order, order + 4, random);
    Tensor t = Permute(Over(values, {2, 4, 6, 3}), order);
    for (int axis = 0; axis < 4; ++axis) {
      if (random() % 3 != 0) continue;
      t = random() % 2 ? Slice(t, axis, t.dim(axis) - 1, t.dim(axis), -1)
                       : Slice(t, axis, 0, (t.dim(axis) + 1) / 2, 2);
    }
    Shape shape;
    Index left = t.size();
    while (shape.rank < 5) {
      const Index factors[] = {1, 2, 3, 4, 6};
      const Index f = factors[random() % 5];
      if (left % f != 0) continue;
      shape.dims[shape.rank++] = f;
      left /= f;
    }
    shape.dims[shape.rank++] = left;
    Tensor view;
    if (!ReshapeView(t, shape, &view)) {
      EXPECT_FALSE(t.contiguous());
      continue;
    }
    ++views;
    ASSERT_EQ(Elements<int32_t>(view), Elements<int32_t>(t));
  }
  EXPECT_GT(views, 500);
}

}  // namespace view_test
}  // namespace moonlet
