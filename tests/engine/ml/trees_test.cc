#include "engine/ml/trees.h"

#include <cmath>

#include "engine/ml/tree_walk.h"
#include "tests/engine/ml/random_trees.h"

namespace moonlet::ml {
namespace trees_test {

Samples Over(const TreeShape& shape, const std::vector<int16_t>& rows, std::vector<float>* floats) {
  floats->assign(rows.begin(), rows.end());
  const Index count = static_cast<Index>(rows.size()) / shape.features;
  if (shape.integers) return {nullptr, rows.data(), count, shape.features};
  return {floats->data(), nullptr, count, shape.features};
}

// Expects the sums of all rows, of one and of many at a time, to have the bits of the plain ones.
void ExpectPlainSums(const TreeShape& shape, Index columns, Index count = 150) {
  SCOPED_TRACE(testing::Message() << shape.trees << " trees, depth " << shape.depth << ", outputs "
                                  << shape.outputs << ", integers " << shape.integers);
  RandomTrees random(shape);
  const Estimator e = random.Packed();
  ASSERT_TRUE(CheckTrees(e, shape.outputs).ok()) << CheckTrees(e, shape.outputs).what();
  const auto rows = random.Rows(count);
  std::vector<float> floats;
  const Samples x = Over(shape, rows, &floats);
  std::vector<double> expected(static_cast<size_t>(count * columns), 0.125), sums = expected,
                                                                             single = expected;
  for (Index i = 0; i < count; ++i)
    random.Sum(rows.data() + i * shape.features, columns, expected.data() + i * columns);
  for (Index i = 0; i < count; i += kBlockRows)
    SumLeaves(e, x.part(i, std::min(kBlockRows, count - i)), columns, sums.data() + i * columns);
  for (Index i = 0; i < count; ++i)
    SumLeaves(e, x.part(i, 1), columns, single.data() + i * columns);
  EXPECT_EQ(sums, expected);
  EXPECT_EQ(single, expected);
}

TEST(SumLeaves, GivesTheBitsOfThePlainSum) {
  for (const bool integers : {false, true}) {
    for (const Index trees : {1, 2, 7, 8, 9, 31, 100})
      for (const int depth : {0, 1, 3, 10})
        ExpectPlainSums({.trees = trees, .depth = depth, .integers = integers}, 3);
    for (const Index columns : {1, 2, 5})
      ExpectPlainSums({.trees = 20, .outputs = 1, .integers = integers}, columns);
  }
}

// Every variant, at every number of walks.
void ExpectSameLeaves(const TreeShape& shape, void (*walk)(const TreeWalks&)) {
  RandomTrees random(shape);
  const Estimator e = random.Packed();
  const auto row = random.Rows(1);
  std::vector<float> floats;
  const Samples x = Over(shape, row, &floats);
  for (Index first = 0; first < 3; ++first)
    for (Index count = 0; count + first <= shape.trees; ++count) {
      std::vector<int32_t> expected(static_cast<size_t>(count) + 1, -7), leaves = expected;
      TreeWalks walks;
      walks.nodes = e.state.get<int16_t>(kTreeNodes);
      walks.width = e.state[kTreeNodes].dim(1);
      walks.roots = e.state.get<int32_t>(kTreeRoots) + first;
      walks.floats = x.data;
      walks.integers = x.integers;
      walks.count = count;
      walks.leaves = expected.data();
      scalar::WalkTrees(walks);
      walks.leaves = leaves.data();
      walk(walks);
      EXPECT_EQ(leaves, expected) << count << " from " << first;
    }
}

TEST(WalkTrees, FindsTheLeavesOfThePlainLoop) {
  for (const auto walk : {interleaved::WalkTrees, WalkTrees})
    for (const bool integers : {false, true})
      for (const int depth : {0, 1, 9})
        for (const uint64_t values : {uint64_t{9}, UINT64_MAX >> 1})
          ExpectSameLeaves({.trees = 70, .depth = depth, .integers = integers, .values = values},
                           walk);
}

TEST(FindLeaves, TellsTheLeafOfEachTree) {
  RandomTrees random({.trees = 40, .outputs = 1});
  const Estimator e = random.Packed();
  std::vector<float> floats;
  const Samples x = Over({}, random.Rows(3), &floats);
  int32_t leaves[3 * 40];
  FindLeaves(e, x, leaves);
  for (Index i = 0; i < 3; ++i) {
    double expected = 0, sum = 0;
    for (Index t = 0; t < 40; ++t) expected += e.state.get<float>(kTreeLeaves)[leaves[40 * i + t]];
    SumLeaves(e, x.part(i, 1), 1, &sum);
    EXPECT_EQ(sum, expected);
  }
}

TEST(PackTrees, TakesWideStepsForManyLeaves) {
  for (const bool integers : {false, true}) {
    const TreeShape shape = {.trees = 12,
                             .features = 20,
                             .outputs = 1,
                             .depth = 16,
                             .integers = integers,
                             .values = UINT64_MAX >> 1};
    ExpectPlainSums(shape, 1, 20);
    EXPECT_EQ(RandomTrees(shape).Packed().state[kTreeNodes].dim(1), integers ? 6 : 7);
  }
}

TEST(PackTrees, KeepsEqualLeavesOnce) {
  const Estimator e = RandomTrees({.outputs = 1, .values = 3}).Packed();
  EXPECT_EQ(e.state[kTreeLeaves].dim(0), 4);
  EXPECT_EQ(e.state[kTreeNodes].dim(1), 5);
}

TEST(PackTrees, QuantizesLeavesToWithinHalfAStep) {
  const TreeShape shape = {.outputs = 2, .quantize = true};
  RandomTrees random(shape);
  const Estimator e = random.Packed();
  ASSERT_TRUE(CheckTrees(e, 2).ok());
  const auto rows = random.Rows(kBlockRows);
  std::vector<float> floats;
  double sums[kBlockRows * 2] = {}, exact[kBlockRows * 2] = {};
  SumLeaves(e, Over(shape, rows, &floats), 2, sums);
  for (Index i = 0; i < kBlockRows; ++i) random.Sum(rows.data() + i * 7, 2, exact + 2 * i);
  const double step = 1000.0 / 7 / 255;
  for (Index i = 0; i < 2 * kBlockRows; ++i) EXPECT_NEAR(sums[i], exact[i], 10 * step / 2);
}

// A tree of one split, of int16 samples.
double Split(float threshold, int16_t x) {
  GrownTrees grown(MallocAllocator());
  EXPECT_TRUE(grown.nodes.Add({0, threshold, 1, 2}) && grown.nodes.Add({-1, 0, 0, 0}) &&
              grown.nodes.Add({-1, 0, 0, 0}) && grown.roots.Add(0));
  for (const double value : {0.0, -1.0, 1.0}) EXPECT_TRUE(grown.values.Add(value));
  Estimator e;
  e.features = 1;
  e.state = State(MallocAllocator());
  EXPECT_TRUE(
      PackTrees(grown, {.integers = true}, {MallocAllocator(), kNeverStopped}, &e.state).ok());
  double sum = 0;
  SumLeaves(e, {nullptr, &x, 1, 1}, 1, &sum);
  return sum;
}

TEST(PackTrees, SplitsIntegersAsTheFloatThresholdDoes) {
  for (const float threshold :
       {-1e9f, -32769.0f, -32768.5f, -32768.0f, -32767.5f, -3.5f, -1.0f, -0.5f, 0.0f, 0.5f, 7.0f,
        32766.5f, 32767.0f, 32768.0f, 1e9f, INFINITY, -INFINITY})
    for (const int x : {-32768, -32767, -4, -3, -1, 0, 1, 6, 7, 8, 32766, 32767})
      EXPECT_EQ(Split(threshold, static_cast<int16_t>(x)),
                static_cast<float>(x) <= threshold ? -1 : 1)
          << x << " at " << threshold;
}

TEST(PackTrees, RefusesMoreFeaturesThanANodeNames) {
  RandomTrees random({});
  random.trees().nodes[0] = {65536, 0, 1, 2};
  Estimator e;
  e.state = State(MallocAllocator());
  const Status s = PackTrees(random.trees(), {}, {MallocAllocator(), kNeverStopped}, &e.state);
  EXPECT_STREQ(s.what(), "trees of samples with more than 65536 features");
}

// Whatever stands in the arrays: it is refused, or predicting ends and stays inside.
TEST(CheckTrees, LeavesNothingThatLoopsOrReadsOutside) {
  for (const bool integers : {false, true}) {
    const TreeShape shape = {.trees = 5, .depth = 4, .integers = integers};
    RandomTrees random(shape);
    const auto rows = random.Rows(20);
    std::vector<float> floats;
    const Samples x = Over(shape, rows, &floats);
    Random bits(3);
    Estimator e = random.Packed();
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
      const auto array = static_cast<int>(bits.UpTo(kTreeLeaves));
      auto* bytes = static_cast<uint8_t*>(e.state[array].data);
      uint8_t& byte = bytes[bits.UpTo(e.state[array].bytes() - 1)];
      const uint8_t before = byte;
      byte = static_cast<uint8_t>(byte ^ 1u << bits.UpTo(7));
      double sums[20 * 3] = {};
      if (CheckTrees(e, 3).ok()) {
        ++accepted;
        SumLeaves(e, x, 3, sums);
      }
      byte = before;
    }
    EXPECT_GT(accepted, 1000);
    EXPECT_LT(accepted, 19000);
  }
}

// Expects a message after one place of an array was set.
template <typename T>
void ExpectRefused(int array, Index at, T value, const char* message) {
  Estimator e = RandomTrees({.trees = 3, .depth = 3}).Packed();
  e.state.own<T>(array)[at] = value;
  EXPECT_STREQ(CheckTrees(e, 3).what(), message);
}

TEST(CheckTrees, SaysWhatIsWrong) {
  ExpectRefused<int16_t>(kTreeNodes, 5, 7, "tree node 2 asks for feature 8 of 7");
  ExpectRefused<int16_t>(kTreeNodes, 2, 0x7fff, "tree node 1 has no threshold");
  ExpectRefused<int16_t>(kTreeNodes, 3, 999, "tree node 1 leads out of its tree");
  ExpectRefused<int16_t>(kTreeNodes, 4, -999, "tree node 1 leads to no leaf");
  ExpectRefused<int32_t>(kTreeRoots, 0, 1, "tree 1 does not start where one ends");
  ExpectRefused<int32_t>(kTreeRoots, 2, 0, "tree 2 has no nodes");
  ExpectRefused<int32_t>(kTreeRoots, 1, -100000, "tree 2 has no leaf");
  const Estimator e = RandomTrees({}).Packed();
  EXPECT_STREQ(CheckTrees(e, 2).what(), "leaves have 3 values, expected 2");
}

}  // namespace trees_test
}  // namespace moonlet::ml
