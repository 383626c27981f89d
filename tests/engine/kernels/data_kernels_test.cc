// Kernels that move, pick and order elements: what small models do not show - long pieces,
// values at the ends of their types, order against a stable sort - and that each one stops.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/kernels/arg_extreme.h"
#include "engine/kernels/compare.h"
#include "engine/kernels/mirror_pad.h"
#include "engine/kernels/one_hot.h"
#include "engine/kernels/repeat.h"
#include "engine/kernels/scatter_nd.h"
#include "engine/kernels/select.h"
#include "engine/kernels/space_batch.h"
#include "engine/kernels/top_k.h"
#include "engine/kernels/where.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace data_kernels_test {

using reference::Random;

// Blocks that do not divide the pieces they are copied in.
TEST(Repeat, LongBlocksAndMany) {
  for (const size_t bytes : {size_t{1}, size_t{3}, size_t{1} << 16, (size_t{1} << 16) + 5}) {
    const size_t times = bytes < 4 ? 100003 : 5;
    std::vector<uint8_t> data(bytes * times);
    for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<uint8_t>(i * 31 + 7);
    StopToken stop;
    WorkMeter meter(stop);
    ASSERT_TRUE(RepeatBytes(data.data(), bytes, times, meter));
    for (size_t i = bytes; i < data.size(); ++i) ASSERT_EQ(data[i], data[i % bytes]) << i;
  }
}

template <typename T>
void ExpectSorted(Random& random, int low, int high) {
  const int32_t length = random.Int(1, 40), rows = random.Int(1, 3);
  const TopKParams p = {rows, length, random.Int(1, length)};
  std::vector<T> input;
  for (int32_t i = 0; i < rows * length; ++i) {
    const int32_t value = random.Int(low, high);
    const auto x = static_cast<T>(random.Chance(50) ? value : -value);
    // Some NaNs are among the floats.
    const bool nan = std::numeric_limits<T>::has_quiet_NaN && value == high;
    input.push_back(nan ? std::numeric_limits<T>::quiet_NaN() : x);
  }
  std::vector<T> values(static_cast<size_t>(rows * p.k));
  std::vector<int32_t> positions(values.size());
  StopToken stop;
  ASSERT_TRUE(TopK(p, input.data(), values.data(), positions.data(), stop));
  for (int32_t r = 0; r < rows; ++r) {
    const T* row = input.data() + r * length;
    std::vector<int32_t> expected(static_cast<size_t>(length));
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [row](int32_t i, int32_t j) {
      if (row[j] != row[j]) return row[i] == row[i];
      return row[i] > row[j];
    });
    for (int32_t i = 0; i < p.k; ++i) {
      const auto at = static_cast<size_t>(r * p.k + i);
      ASSERT_EQ(positions[at], expected[static_cast<size_t>(i)]);
      ASSERT_EQ(std::memcmp(&values[at], row + positions[at], sizeof(T)), 0);
    }
  }
}

TEST(TopK, OrdersLikeAStableSort) {
  Random random(821);
  for (int round = 0; round < reference::Rounds(); ++round) {
    ExpectSorted<float>(random, 0, 6);
    ExpectSorted<int8_t>(random, -127, 127);
    ExpectSorted<uint8_t>(random, 0, 255);
    ExpectSorted<int16_t>(random, 0, 3);
    ExpectSorted<int32_t>(random, -1000, 1000);
    ExpectSorted<int64_t>(random, -2, 2);
  }
}

// Every pair of bytes, each side with a scale and zero point of its own.
TEST(CompareScaled, AgreesWithRationalArithmetic) {
  Random random(822);
  std::vector<int8_t> a(256), b(256);
  std::iota(a.begin(), a.end(), static_cast<int8_t>(-128));
  b = a;
  std::vector<uint8_t> result(256 * 256);
  for (int round = 0; round < reference::Rounds() / 20; ++round) {
    const ScaledComparison p = {Comparison::kLess, random.Zero(), random.Zero(), random.Scale(),
                                random.Scale()};
    BroadcastPair pair;
    const int32_t column[] = {256, 1}, row[] = {256};
    ASSERT_TRUE(MakeBroadcastPair(column, row, &pair, nullptr));
    StopToken stop;
    ASSERT_TRUE(CompareScaled(p, pair, a.data(), b.data(), result.data(), stop));
    for (size_t i = 0; i < result.size(); ++i) {
      const int32_t left = reference::Scaled((a[i / 256] - p.zero_a) * 256, p.scale_a);
      const int32_t right = reference::Scaled((b[i % 256] - p.zero_b) * 256, p.scale_b);
      ASSERT_EQ(result[i], left < right ? 1 : 0) << i;
    }
  }
}

TEST(ScatterNd, SumsWrap) {
  const ScatterNdParams p = {{1, {2}, {1}}, 3, 1, 2};
  const int32_t indices[] = {1, 1, 1};
  const uint16_t updates[] = {0x7FFF, 1, 0x8001};
  uint16_t output[2] = {9, 9};
  StopToken stop;
  OutsideIndex outside;
  ASSERT_TRUE(ScatterNd(p, IntegerArray(indices, 4), updates, output, stop, &outside));
  EXPECT_EQ(output[0], 0);
  EXPECT_EQ(output[1], 1);
}

// All of them look at the token before they touch anything.
TEST(DataKernels, Stop) {
  StopToken stop;
  stop.Raise();
  WorkMeter meter(stop);
  constexpr int32_t kPair[] = {2}, kTwice[] = {2};
  const IntegerArray none(nullptr, 4);
  OutsideIndex outside;
  EXPECT_FALSE(RepeatBytes(nullptr, 1, 2, meter));
  EXPECT_FALSE(Tile(MakeTile(kPair, kTwice, 1), nullptr, nullptr, stop));
  EXPECT_FALSE(Gather({1, 1, 2, 2, 4}, nullptr, none, nullptr, stop, &outside));
  EXPECT_FALSE(GatherNd({{1, {2}, {4}}, 2, 4}, nullptr, none, nullptr, stop, &outside));
  EXPECT_FALSE(ScatterNd<float>({{1, {2}, {1}}, 1, 1, 2}, none, nullptr, nullptr, stop, &outside));
  EXPECT_EQ(outside.length, 0);
  const SpaceBatchParams blocks = {1, 1, {2, 2}, {2, 2}, {1, 1}, {0, 0}};
  EXPECT_FALSE(SpaceToBatch(blocks, nullptr, nullptr, stop));
  EXPECT_FALSE(BatchToSpace(blocks, nullptr, nullptr, stop));
  const MirroredAxis mirrored[] = {{2, 1, 1, 0, 0}};
  EXPECT_FALSE(MirrorPad(MakeMirrorPad(mirrored, 0, 1), nullptr, nullptr, stop));
  BroadcastPair pair;
  ASSERT_TRUE(MakeBroadcastPair(kPair, kPair, &pair, nullptr));
  EXPECT_FALSE(Compare<float>(Comparison::kLess, pair, nullptr, nullptr, nullptr, stop));
  EXPECT_FALSE(CompareScaled<int8_t>({}, pair, nullptr, nullptr, nullptr, stop));
  EXPECT_FALSE(LogicalAnd(pair, nullptr, nullptr, nullptr, stop));
  EXPECT_FALSE(LogicalOr(pair, nullptr, nullptr, nullptr, stop));
  SelectParams select;
  int32_t joint[1];
  ASSERT_TRUE(MakeSelect({kPair, kPair, kPair}, &select, joint));
  for (const int32_t width : {1, 2, 4, 8})
    EXPECT_FALSE(Select(select, width, nullptr, nullptr, nullptr, nullptr, stop));
  EXPECT_FALSE(ArgExtreme<float>({1, 2, 1}, nullptr, nullptr, stop));
  uint8_t bytes[2] = {};
  EXPECT_FALSE(OneHot({1, 2, 1, 1}, none, bytes, bytes, bytes + 1, stop));
  EXPECT_FALSE(TopK<float>({1, 2, 1}, nullptr, nullptr, nullptr, stop));
  const WhereParams where = {.mask = 1, .element_bytes = 1, .rank = 1, .lengths = {2}, .count = 2};
  EXPECT_FALSE(FindNonzero(where, nullptr, nullptr, stop));
}

}  // namespace data_kernels_test
}  // namespace moonlet
