#include "engine/tensor/strided.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "engine/tensor/broadcast.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace strided_test {

TEST(StridedWalk, MergesContiguousOperandsIntoOneRun) {
  std::vector<float> a(24), b(24);
  const Tensor x = Over(a, {2, 3, 1, 4});
  const Tensor y = Over(b, {2, 3, 1, 4});
  StridedWalk walk({&x, &y});
  StridedRun run;
  ASSERT_TRUE(walk.Next(&run));
  EXPECT_EQ(run.n, 24);
  EXPECT_TRUE(run.unit_steps(2));
  EXPECT_EQ(run.at<float>(1), b.data());
  EXPECT_FALSE(walk.Next(&run));
}

TEST(StridedWalk, KeepsApartWhatOneOperandDoesNotMerge) {
  std::vector<float> a(6), b(3);
  const Tensor x = Over(a, {2, 3});
  const Tensor y = BroadcastTo(Over(b, {3}), x.shape);
  StridedWalk walk({&x, &y});
  StridedRun run;
  ASSERT_TRUE(walk.Next(&run));
  EXPECT_EQ(run.n, 3);
  ASSERT_TRUE(walk.Next(&run));
  EXPECT_EQ(run.first, 3);
  EXPECT_EQ(run.at<float>(0), a.data() + 3);
  EXPECT_EQ(run.at<float>(1), b.data());
  EXPECT_FALSE(walk.Next(&run));
}

TEST(StridedWalk, GivesAScalarOnceAndAnEmptyTensorNever) {
  std::vector<int8_t> a(1);
  StridedRun run;
  const Tensor scalar = Over(a, {});
  StridedWalk one({&scalar});
  EXPECT_TRUE(one.Next(&run));
  EXPECT_EQ(run.n, 1);
  EXPECT_FALSE(one.Next(&run));
  const Tensor empty = Over(a, {3, 0, 2});
  EXPECT_FALSE(StridedWalk({&empty}).Next(&run));
}

// Random shapes, orders of axes and signs: every operand meets its elements in
// row-major order.
TEST(StridedWalk, VisitsEveryElementInOrder) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    const int rank = static_cast<int>(random() % (kMaxRank + 1));
    Shape shape;
    shape.rank = rank;
    for (int i = 0; i < rank; ++i) shape.dims[i] = static_cast<Index>(random() % 4 + 1);
    std::vector<int16_t> memory[2];
    Tensor t[2];
    for (int k = 0; k < 2; ++k) {
      memory[k].resize(static_cast<size_t>(shape.size()));
      t[k] = RowMajor(memory[k].data(), DType::kInt16, shape);
      int order[kMaxRank];
      std::iota(order, order + rank, 0);
      if (random() % 2) std::shuffle(order, order + rank, random);
      Index stride = 1;
      for (int i = 0; i < rank; ++i) {
        const int axis = order[i];
        const bool backwards = random() % 4 == 0;
        t[k].strides[axis] = backwards ? -stride : stride;
        if (backwards) t[k].data = t[k].as<int16_t>() + stride * (shape.dims[axis] - 1);
        stride *= shape.dims[axis];
      }
    }
    std::vector<int16_t*> seen[2];
    StridedWalk walk({&t[0], &t[1]});
    StridedRun run;
    Index first = 0;
    while (walk.Next(&run)) {
      EXPECT_EQ(run.first, first);
      first += run.n;
      for (int k = 0; k < 2; ++k)
        for (Index i = 0; i < run.n; ++i) seen[k].push_back(run.at<int16_t>(k) + i * run.step[k]);
    }
    for (int k = 0; k < 2; ++k) {
      std::vector<int16_t*> expected;
      EachOffset(t[k], [&](Index offset) { expected.push_back(t[k].as<int16_t>() + offset); });
      ASSERT_EQ(seen[k], expected);
    }
  }
}

TEST(ForEachRun, CutsLongRunsAndStops) {
  std::vector<uint8_t> bytes(static_cast<size_t>(3 * kMaxRun + 5));
  const Tensor t = RowMajor(bytes.data(), DType::kUint8, ShapeOf({3 * kMaxRun + 5}));
  StopToken stop;
  Index total = 0;
  EXPECT_TRUE(ForEachRun({&t}, stop, [&](const StridedRun& run) { total += run.n; }).ok());
  EXPECT_EQ(total, t.size());
  stop.Raise();
  int runs = 0;
  EXPECT_EQ(ForEachRun({&t}, stop, [&](const StridedRun&) { ++runs; }).code(), Code::kStopped);
  EXPECT_EQ(runs, 1);
}

}  // namespace strided_test
}  // namespace moonlet
