#include "engine/tensor/overlap.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace overlap_test {

bool ReallyOverlap(const Tensor& a, const Tensor& b) {
  std::set<void*> used;
  EachOffset(a, [&](Index offset) { used.insert(a.as<int32_t>() + offset); });
  bool met = false;
  EachOffset(b, [&](Index offset) { met |= used.count(b.as<int32_t>() + offset) != 0; });
  return met;
}

TEST(Overlap, TellsColumnsBlocksAndInterleavedSlicesApart) {
  std::vector<int32_t> values(64);
  const Tensor t = Over(values, {8, 8});
  const auto columns = [&](Index first, Index count) { return Slice(t, 1, first, count, 1); };
  EXPECT_FALSE(MayOverlap(columns(0, 4), columns(4, 4)));
  EXPECT_TRUE(MayOverlap(columns(0, 5), columns(4, 4)));
  EXPECT_FALSE(MayOverlap(Slice(t, 0, 0, 4, 2), Slice(t, 0, 1, 4, 2)));
  EXPECT_FALSE(MayOverlap(Slice(t, 1, 0, 4, 2), Slice(t, 1, 7, 4, -2)));
  EXPECT_FALSE(MayOverlap(Slice(t, 0, 0, 3, 1), Slice(t, 0, 3, 5, 1)));
  EXPECT_FALSE(MayOverlap(Slice(t, 0, 0, 0, 1), t));
}

TEST(Overlap, NeverMissesASharedElement) {
  std::mt19937 random(7);
  std::vector<int32_t> values(4 * 6 * 5);
  const Tensor t = Over(values, {4, 6, 5});
  const auto piece = [&] {
    Tensor view = t;
    for (int axis = 0; axis < 3; ++axis) {
      const Index n = t.dim(axis);
      const Index first = static_cast<Index>(random() % static_cast<size_t>(n));
      const Index step = static_cast<Index>(random() % 3) + 1;
      const bool back = random() % 3 == 0;
      const Index room = back ? first / step + 1 : (n - 1 - first) / step + 1;
      const Index count = static_cast<Index>(random() % static_cast<size_t>(room)) + 1;
      view = Slice(view, axis, first, count, back ? -step : step);
    }
    return view;
  };
  int shared = 0, told_apart = 0, apart = 0;
  for (int round = 0; round < 3000; ++round) {
    const Tensor a = piece();
    const Tensor b = piece();
    if (ReallyOverlap(a, b)) {
      ASSERT_TRUE(MayOverlap(a, b));
      ++shared;
    } else {
      ++apart;
      told_apart += !MayOverlap(a, b);
    }
  }
  EXPECT_GT(shared, 100);
  EXPECT_GT(told_apart, apart * 8 / 10);
}

TEST(Overlap, IdenticalMeansElementByElement) {
  std::vector<int32_t> values(9);
  const Tensor t = Over(values, {3, 3});
  EXPECT_TRUE(Identical(t, t));
  EXPECT_FALSE(Identical(t, Slice(t, 0, 2, 3, -1)));
  EXPECT_FALSE(Identical(t, Over(values, {9})));
}

}  // namespace overlap_test
}  // namespace moonlet
