#include "engine/tensor/gather.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace gather_test {

const StopToken kNoStop;

struct GatherTest : testing::Test {
  GatherTest() {
    std::mt19937 random(3);
    for (int i = 0; i < 24; ++i) values.push_back(i * 10);
    for (int i = 0; i < 60; ++i) {
      const int position = static_cast<int>(random() % 4) + 1;
      places.push_back(static_cast<int8_t>(i % 3 == 0 ? position - 5 : position));
    }
  }
  std::vector<int32_t> values;
  std::vector<int8_t> places;  // 1 to 4 or -1 to -4
  Tensor t = Over(values, {3, 4, 2});
  static Index IndexOf(int place) { return place < 0 ? place + 4 : place - 1; }
};

// Along the middle axis, more positions than the axis is long, fewer along the others.
TEST_F(GatherTest, PicksAlongTheAxis) {
  t = Over(values, {3, 4, 2});
  const Tensor positions = Slice(Over(places, {2, 10, 2}), 1, 9, 10, -1);
  ASSERT_TRUE(CheckPositions(t, 1, positions, kNoStop).ok());
  std::vector<int32_t> result(40);
  ASSERT_TRUE(Gather(t, 1, positions, Over(result, {2, 10, 2}), kNoStop).ok());
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 10; ++j)
      for (Index k = 0; k < 2; ++k) {
        const int place = places[static_cast<size_t>((i * 10 + 9 - j) * 2 + k)];
        EXPECT_EQ(result[static_cast<size_t>((i * 10 + j) * 2 + k)],
                  values[static_cast<size_t>((i * 4 + IndexOf(place)) * 2 + k)]);
      }
}

TEST_F(GatherTest, ScatterPlacesInOrder) {
  t = Over(values, {3, 4, 2});
  std::vector<int32_t> expected = values;
  const Tensor positions = Over(places, {3, 10, 2});
  std::vector<int32_t> from(60);
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 10; ++j)
      for (Index k = 0; k < 2; ++k) {
        const auto at = static_cast<size_t>((i * 10 + j) * 2 + k);
        from[at] = static_cast<int32_t>(at) + 1000;
        expected[static_cast<size_t>((i * 4 + IndexOf(places[at])) * 2 + k)] = from[at];
      }
  ASSERT_TRUE(Scatter(Over(from, {3, 10, 2}), 1, positions, t, kNoStop).ok());
  EXPECT_EQ(values, expected);
}

TEST_F(GatherTest, RefusesWhatDoesNotGoTogether) {
  t = Over(values, {3, 4, 2});
  const auto told = [&](const Tensor& positions) {
    return std::string(CheckPositions(t, 1, positions, kNoStop).what());
  };
  std::vector<int64_t> wide = {1, 4, -4, 0};
  EXPECT_EQ(told(Over(wide, {1, 4, 1})), "position 0 out of range (length 4)");
  wide = {1, 5, 1, -5};
  EXPECT_EQ(told(Over(wide, {1, 4, 1})), "position 5 out of range (length 4)");
  EXPECT_EQ(told(Over(wide, {4})),
            "positions have shape {4}, which does not go with {3, 4, 2} along axis 2");
  EXPECT_EQ(told(Over(wide, {4, 1, 1})),
            "positions have shape {4, 1, 1}, which does not go with {3, 4, 2} along axis 2");
  std::vector<float> real(4, 1);
  EXPECT_EQ(told(Over(real, {1, 4, 1})), "positions are float32, expected integers");
}

TEST(Nonzero, ListsPositionsInRowMajorOrder) {
  std::vector<double> values = {0, -1, NAN, 0, 0, -0.0, 3, 0};
  const Tensor t = Slice(Over(values, {4, 2}), 0, 3, 4, -1);  // rows from the last
  Index count;
  ASSERT_TRUE(CountNonzero(t, kNoStop, &count).ok());
  EXPECT_EQ(count, 3);
  std::vector<int32_t> rows(6);
  ASSERT_TRUE(Nonzero(t, Over(rows, {3, 2}), kNoStop).ok());
  EXPECT_EQ(rows, (std::vector<int32_t>{1, 1, 3, 1, 4, 2}));
}

TEST(Nonzero, AScalarHasAPositionWithoutNumbers) {
  std::vector<int8_t> one = {5};
  Index count;
  ASSERT_TRUE(CountNonzero(Over(one, {}), kNoStop, &count).ok());
  EXPECT_EQ(count, 1);
}

}  // namespace gather_test
}  // namespace moonlet
