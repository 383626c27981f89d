#include "engine/tensor/arrange.h"

#include <gtest/gtest.h>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace arrange_test {

const StopToken kNoStop;

std::vector<int16_t> Counting(Index n) {
  std::vector<int16_t> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int16_t>(i);
  return values;
}

// Element (i, j, k) of a row-major {3, 4, 2}, read backwards along its second axis, so that
// no stride is that of a fresh tensor.
struct ArrangeTest : testing::Test {
  std::vector<int16_t> values = Counting(24);
  Tensor x = Slice(Over(values, {3, 4, 2}), 1, 3, 4, -1);
  int At(Index i, Index j, Index k) const { return static_cast<int>((i * 4 + 3 - j) * 2 + k); }
};

TEST_F(ArrangeTest, RollMovesByAnyShift) {
  for (const Index shift : {0, 1, 3, 4, 9, -1, -5}) {
    std::vector<int16_t> result(24, -1);
    ASSERT_TRUE(Roll(x, 1, shift, Over(result, {3, 4, 2}), kNoStop).ok());
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 4; ++j)
        for (Index k = 0; k < 2; ++k) {
          const Index to = ((j + shift) % 4 + 4) % 4;
          EXPECT_EQ(result[static_cast<size_t>((i * 4 + to) * 2 + k)], At(i, j, k)) << shift;
        }
  }
}

TEST_F(ArrangeTest, TileRepeatsTheWhole) {
  std::vector<int16_t> result(24 * 2 * 3 * 5, -1);
  ASSERT_TRUE(Tile(x, Over(result, {6, 12, 10}), kNoStop).ok());
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 12; ++j)
      for (Index k = 0; k < 10; ++k)
        EXPECT_EQ(result[static_cast<size_t>((i * 12 + j) * 10 + k)], At(i % 3, j % 4, k % 2));
}

TEST_F(ArrangeTest, RepeatEachRepeatsParts) {
  std::vector<int16_t> result(24 * 3, -1);
  ASSERT_TRUE(RepeatEach(x, 1, 3, Over(result, {3, 12, 2}), kNoStop).ok());
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 12; ++j)
      for (Index k = 0; k < 2; ++k)
        EXPECT_EQ(result[static_cast<size_t>((i * 12 + j) * 2 + k)], At(i, j / 3, k));
}

TEST_F(ArrangeTest, DiagonalPairsTwoAxes) {
  const Tensor d = Diagonal(x, 2, 0);
  EXPECT_EQ(d.shape, ShapeOf({4, 2}));
  for (Index j = 0; j < 4; ++j)
    for (Index i = 0; i < 2; ++i)
      EXPECT_EQ(d.as<int16_t>()[j * d.strides[0] + i * d.strides[1]], At(i, j, i));
}

TEST_F(ArrangeTest, EmptyTensorsStayEmpty) {
  std::vector<int16_t> none(1);
  const Tensor empty = Over(none, {3, 0});
  EXPECT_TRUE(Roll(empty, 1, 5, empty, kNoStop).ok());
  EXPECT_TRUE(Tile(empty, Over(none, {6, 0}), kNoStop).ok());
  EXPECT_TRUE(RepeatEach(empty, 0, 0, Over(none, {0, 0}), kNoStop).ok());
  EXPECT_TRUE(RepeatEach(empty, 1, PTRDIFF_MAX, empty, kNoStop).ok());
}

TEST_F(ArrangeTest, StopsWhenAsked) {
  StopToken stop;
  stop.Raise();
  std::vector<int16_t> result(1 << 18);
  std::vector<int16_t> one(1);
  EXPECT_EQ(Tile(Over(one, {1}), Over(result, {1 << 18}), stop).code(), Code::kStopped);
  EXPECT_EQ(RepeatEach(Over(one, {1}), 0, 1 << 18, Over(result, {1 << 18}), stop).code(),
            Code::kStopped);
}

}  // namespace arrange_test
}  // namespace moonlet
