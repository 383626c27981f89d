#include "engine/kernels/broadcast_pair.h"

#include <gtest/gtest.h>

#include <vector>

namespace moonlet {
namespace broadcast_pair_test {

using Dims = std::vector<int32_t>;

TEST(BroadcastPair, EqualShapesAreOneAxis) {
  BroadcastPair pair;
  Dims shape(4);
  ASSERT_TRUE(MakeBroadcastPair(Dims{2, 3, 1, 5}, Dims{2, 3, 1, 5}, &pair, shape.data()));
  EXPECT_EQ(shape, (Dims{2, 3, 1, 5}));
  EXPECT_EQ(pair.rank, 1);
  EXPECT_EQ(pair.dims[0], 30);
  EXPECT_EQ(pair.stride_a[0], 1);
  EXPECT_EQ(pair.stride_b[0], 1);
}

TEST(BroadcastPair, ALengthOfOneRepeats) {
  BroadcastPair pair;
  Dims shape(3);
  ASSERT_TRUE(MakeBroadcastPair(Dims{4, 2, 3}, Dims{3}, &pair, shape.data()));
  EXPECT_EQ(shape, (Dims{4, 2, 3}));
  EXPECT_EQ(pair.rank, 2) << "the two outer axes repeat alike";
  EXPECT_EQ(pair.dims[0], 8);
  EXPECT_EQ(pair.stride_a[0], 3);
  EXPECT_EQ(pair.stride_b[0], 0);
  EXPECT_EQ(pair.stride_b[1], 1);
}

TEST(BroadcastPair, ScalarsHaveNoAxis) {
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(Dims{}, Dims{1, 1}, &pair, nullptr));
  EXPECT_EQ(pair.rank, 0);
}

TEST(BroadcastPair, RefusesWhatDoesNotFit) {
  BroadcastPair pair;
  EXPECT_FALSE(MakeBroadcastPair(Dims{2}, Dims{3}, &pair, nullptr));
  EXPECT_FALSE(MakeBroadcastPair(Dims{-1}, Dims{1}, &pair, nullptr));
  EXPECT_FALSE(MakeBroadcastPair(Dims(9, 1), Dims{1}, &pair, nullptr));
  EXPECT_FALSE(MakeBroadcastPair(Dims{65536, 1}, Dims{1, 65536}, &pair, nullptr));
  EXPECT_TRUE(MakeBroadcastPair(Dims{0, 3}, Dims{1, 3}, &pair, nullptr));
}

}  // namespace broadcast_pair_test
}  // namespace moonlet
