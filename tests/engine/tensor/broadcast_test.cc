#include "engine/tensor/broadcast.h"

#include <gtest/gtest.h>

#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace broadcast_test {

TEST(Broadcast, AlignsShapesAtTheEnd) {
  struct Case {
    Shape a, b, both;
  };
  const Case cases[] = {
      {ShapeOf({}), ShapeOf({}), ShapeOf({})},
      {ShapeOf({}), ShapeOf({2, 3}), ShapeOf({2, 3})},
      {ShapeOf({3}), ShapeOf({2, 3}), ShapeOf({2, 3})},
      {ShapeOf({2, 1}), ShapeOf({1, 3}), ShapeOf({2, 3})},
      {ShapeOf({8, 1, 6, 1}), ShapeOf({7, 1, 5}), ShapeOf({8, 7, 6, 5})},
      {ShapeOf({0}), ShapeOf({1}), ShapeOf({0})},
      {ShapeOf({0, 1}), ShapeOf({1, 4}), ShapeOf({0, 4})},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(TextOf(c.a).text);
    for (bool swapped : {false, true}) {
      Shape both;
      const Status s =
          swapped ? BroadcastShapes(c.b, c.a, &both) : BroadcastShapes(c.a, c.b, &both);
      ASSERT_TRUE(s.ok()) << s.what();
      EXPECT_EQ(both, c.both);
      EXPECT_TRUE(BroadcastsTo(c.a, both) && BroadcastsTo(c.b, both));
    }
  }
}

TEST(Broadcast, NamesBothShapesThatDoNotFit) {
  Shape both;
  const Status s = BroadcastShapes(ShapeOf({2, 3}), ShapeOf({2}), &both);
  EXPECT_EQ(s.code(), Code::kInvalid);
  EXPECT_STREQ(s.what(), "shapes {2, 3} and {2} do not broadcast");
  EXPECT_FALSE(BroadcastShapes(ShapeOf({0}), ShapeOf({2}), &both).ok());
}

TEST(Broadcast, RefusesWhatCannotBeCounted) {
  Shape both;
  const Index huge = Index{1} << (sizeof(Index) * 8 - 6);
  EXPECT_FALSE(BroadcastShapes(ShapeOf({huge, 1, 0}), ShapeOf({1, huge, 0}), &both).ok());
}

TEST(Broadcast, RepeatsWithoutCopying) {
  std::vector<int32_t> values = {1, 2, 3};
  const Tensor row = Over(values, {3, 1});
  const Tensor wide = BroadcastTo(row, ShapeOf({2, 3, 2}));
  EXPECT_EQ(wide.data, values.data());
  EXPECT_EQ(Elements<int32_t>(wide), (std::vector<int32_t>{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3}));
}

}  // namespace broadcast_test
}  // namespace moonlet
