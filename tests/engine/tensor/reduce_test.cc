#include "engine/tensor/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace reduce_test {

const StopToken kNoStop;

template <typename R>
R All(ReduceOp op, const Tensor& x) {
  R result{};
  Status s = Reduce(op, x, kAllAxes, RowMajor(&result, DTypeOf<R>(), {}), kNoStop);
  EXPECT_TRUE(s.ok()) << s.what();
  return result;
}

// The lane rule by index arithmetic.
float LaneSum(const std::vector<float>& x) {
  std::vector<float> lane(16, 0.0f);
  for (size_t i = 0; i < (x.size() + 15) / 16 * 16; ++i) lane[i % 16] += i < x.size() ? x[i] : 0.0f;
  for (size_t n = 8; n > 0; n /= 2)
    for (size_t j = 0; j < n; ++j) lane[j] += lane[j + n];
  return lane[0];
}

std::vector<float> Normals(size_t n) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) v = normal(random);
  return x;
}

TEST(Reduce, OrderDoesNotDependOnStrides) {
  auto x = Normals(23 * 37);
  const Tensor t = Over(x, {23, 37});
  Tensor transposed = t;
  std::swap(transposed.shape.dims[0], transposed.shape.dims[1]);
  std::swap(transposed.strides[0], transposed.strides[1]);
  for (const Tensor& view :
       {t, transposed, Slice(t, 1, 36, 19, -2), Slice(t, 0, 0, 1, 1), Slice(t, 1, 3, 1, 1)}) {
    auto copy = Elements<float>(view);
    EXPECT_EQ(All<float>(ReduceOp::kSum, view), LaneSum(copy));
    const Tensor dense = RowMajor(copy.data(), DType::kFloat32, view.shape);
    for (ReduceOp op : {ReduceOp::kMean, ReduceOp::kVariance, ReduceOp::kProduct, ReduceOp::kNorm})
      EXPECT_EQ(All<float>(op, view), All<float>(op, dense));
    for (int axis : {0, 1}) {
      std::vector<float> sums(static_cast<size_t>(view.dim(1 - axis)));
      const Tensor out = Over(sums, {view.dim(1 - axis)});
      ASSERT_TRUE(Reduce(ReduceOp::kSum, view, axis, out, kNoStop).ok());
      for (Index i = 0; i < out.dim(0); ++i)
        EXPECT_EQ(sums[static_cast<size_t>(i)],
                  LaneSum(Elements<float>(Select(view, 1 - axis, i))));
    }
  }
}

TEST(Reduce, LongVectorsComeInPieces) {
  auto x = Normals(200003);
  EXPECT_EQ(All<float>(ReduceOp::kSum, Over(x, {200003})), LaneSum(x));
  auto every_third = Slice(Over(x, {200003}), 0, 1, 66667, 3);
  EXPECT_EQ(All<float>(ReduceOp::kSum, every_third), LaneSum(Elements<float>(every_third)));
}

TEST(Reduce, MomentsAreRight) {
  std::vector<double> x = {1, 3, 5, 7};
  const Tensor t = Over(x, {4});
  EXPECT_EQ(All<double>(ReduceOp::kMean, t), 4);
  EXPECT_EQ(All<double>(ReduceOp::kVariance, t), 5);
  EXPECT_EQ(All<double>(ReduceOp::kDeviation, t), std::sqrt(5.0));
  EXPECT_EQ(All<double>(ReduceOp::kNorm, t), std::sqrt(84.0));
  EXPECT_EQ(All<double>(ReduceOp::kProduct, t), 105);
}

TEST(Reduce, IntegersSumExactlyAndWrap) {
  std::vector<int8_t> small(1000, 127);
  EXPECT_EQ(All<int64_t>(ReduceOp::kSum, Over(small, {1000})), 127000);
  EXPECT_EQ(All<float>(ReduceOp::kMean, Over(small, {1000})), 127.0f);
  EXPECT_EQ(All<float>(ReduceOp::kVariance, Over(small, {1000})), 0.0f);
  EXPECT_EQ(All<int8_t>(ReduceOp::kMax, Over(small, {1000})), 127);
  std::vector<int64_t> large = {std::numeric_limits<int64_t>::max(), 1};
  EXPECT_EQ(All<int64_t>(ReduceOp::kSum, Over(large, {2})), std::numeric_limits<int64_t>::min());
}

TEST(Reduce, ExtremesPassNanOnAndPositionsFindIt) {
  std::vector<float> x = {3, -1, 7, 7, -1};
  EXPECT_EQ(All<float>(ReduceOp::kMin, Over(x, {5})), -1);
  EXPECT_EQ(All<int64_t>(ReduceOp::kArgMax, Over(x, {5})), 3);
  EXPECT_EQ(All<int64_t>(ReduceOp::kArgMin, Over(x, {5})), 2);
  x[3] = NAN;
  EXPECT_TRUE(std::isnan(All<float>(ReduceOp::kMax, Over(x, {5}))));
  EXPECT_EQ(All<int64_t>(ReduceOp::kArgMax, Over(x, {5})), 4);
  EXPECT_EQ(All<int64_t>(ReduceOp::kArgMin, Over(x, {5})), 4);
}

TEST(Reduce, NothingHasASumButNoExtreme) {
  std::vector<float> none(1);
  const Tensor t = Over(none, {0, 3});
  EXPECT_EQ(All<float>(ReduceOp::kSum, t), 0);
  EXPECT_EQ(All<float>(ReduceOp::kProduct, t), 1);
  EXPECT_TRUE(std::isnan(All<float>(ReduceOp::kMean, t)));
  EXPECT_TRUE(All<bool>(ReduceOp::kAll, t));
  EXPECT_FALSE(All<bool>(ReduceOp::kAny, t));
  std::vector<float> out(3, 9);
  ASSERT_TRUE(Reduce(ReduceOp::kSum, t, 0, Over(out, {3}), kNoStop).ok());
  EXPECT_EQ(out, (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(Reduce(ReduceOp::kMax, t, 0, Over(out, {3}), kNoStop).code(), Code::kInvalid);
  std::vector<float> nothing(1);
  EXPECT_TRUE(Reduce(ReduceOp::kMax, t, 1, Over(nothing, {0}), kNoStop).ok());
}

TEST(Reduce, DenormalsCountAsZero) {
  std::vector<float> x = {0, 1e-40f, -1e-40f};
  const Tensor t = Over(x, {3});
  EXPECT_EQ(All<float>(ReduceOp::kSum, t), 0);
  EXPECT_EQ(All<float>(ReduceOp::kMax, t), 0);
  EXPECT_EQ(All<int64_t>(ReduceOp::kArgMax, t), 1);
}

}  // namespace reduce_test
}  // namespace moonlet
