#include "engine/tensor/dot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/tensor/promote.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace dot_test {

const StopToken kNoStop;

template <typename T>
std::vector<T> Values(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / T(8);
  return x;
}

Tensor Transposed(Tensor t) {
  const int rank = t.rank();
  std::swap(t.shape.dims[rank - 1], t.shape.dims[rank - 2]);
  std::swap(t.strides[rank - 1], t.strides[rank - 2]);
  return t;
}

TEST(Matmul, IsOneChainPerOutputWhateverTheLayout) {
  for (Index m : {1, 3, 16, 17}) {
    for (Index k : {0, 1, 31, 33, 70}) {
      for (Index n : {1, 15, 16, 33}) {
        SCOPED_TRACE(testing::Message() << m << " " << k << " " << n);
        auto a = Values<float>(static_cast<size_t>(m * k + 1), 1);
        auto b = Values<float>(static_cast<size_t>(k * n + 1), 2);
        std::vector<float> c(static_cast<size_t>(m * n), 9);
        const Tensor x = Transposed(Over(a, {k, m}));
        const Tensor y = Over(b, {k, n});
        ASSERT_TRUE(Matmul(x, y, Transposed(Over(c, {n, m})), kNoStop).ok());
        for (Index i = 0; i < m; ++i) {
          for (Index j = 0; j < n; ++j) {
            float chain = 0;
            for (Index h = 0; h < k; ++h)
              chain = std::fma(a[static_cast<size_t>(h * m + i)], b[static_cast<size_t>(h * n + j)],
                               chain);
            ASSERT_EQ(c[static_cast<size_t>(j * m + i)], chain);
          }
        }
      }
    }
  }
}

TEST(Matmul, LeadingAxesBroadcast) {
  auto a = Values<double>(2 * 3 * 4, 1);
  auto b = Values<double>(5 * 1 * 4 * 2, 2);
  const Tensor x = Over(a, {2, 3, 4});
  const Tensor y = Over(b, {5, 1, 4, 2});
  Shape shape;
  ASSERT_TRUE(MatmulShape(x.shape, y.shape, &shape).ok());
  ASSERT_EQ(shape, ShapeOf({5, 2, 3, 2}));
  std::vector<double> c(60);
  ASSERT_TRUE(Matmul(x, y, Over(c, {5, 2, 3, 2}), kNoStop).ok());
  for (size_t p = 0; p < 5; ++p)
    for (size_t q = 0; q < 2; ++q)
      for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 2; ++j) {
          double chain = 0;
          for (size_t k = 0; k < 4; ++k)
            chain = std::fma(a[q * 12 + i * 4 + k], b[p * 8 + k * 2 + j], chain);
          EXPECT_EQ(c[((p * 2 + q) * 3 + i) * 2 + j], chain);
        }
}

TEST(Matmul, VectorsLendAnAxis) {
  std::vector<int8_t> a = {100, 2, 3, 4, 5, 6};
  std::vector<int8_t> v = {2, 1, 0};
  std::vector<int8_t> rows(2);
  ASSERT_TRUE(Matmul(Over(a, {2, 3}), Over(v, {3}), Over(rows, {2}), kNoStop).ok());
  EXPECT_EQ(rows, (std::vector<int8_t>{static_cast<int8_t>(202), 13}));
  std::vector<int8_t> w = {1, 10};
  std::vector<int8_t> columns(3);
  ASSERT_TRUE(Matmul(Over(w, {2}), Over(a, {2, 3}), Over(columns, {3}), kNoStop).ok());
  EXPECT_EQ(columns, (std::vector<int8_t>{static_cast<int8_t>(140), 52, 63}));
}

TEST(Dot, FollowsTheLaneRule) {
  for (Index n : {0, 1, 15, 16, 129, 1000}) {
    auto a = Values<float>(static_cast<size_t>(2 * n + 1), 1);
    auto b = Values<float>(static_cast<size_t>(n + 1), 2);
    float result;
    const Tensor x = Slice(Over(a, {2 * n}), 0, 0, n, 2);
    ASSERT_TRUE(Dot(x, Over(b, {n}), RowMajor(&result, DType::kFloat32, {}), kNoStop).ok());
    std::vector<float> lane(16, 0.0f);
    for (Index i = 0; i < (n + 15) / 16 * 16; ++i) {
      float& l = lane[static_cast<size_t>(i % 16)];
      const auto at = static_cast<size_t>(i);
      l = i < n ? std::fma(a[2 * at], b[at], l) : l + 0.0f;
    }
    for (size_t h = 8; h > 0; h /= 2)
      for (size_t j = 0; j < h; ++j) lane[j] += lane[j + h];
    EXPECT_EQ(result, lane[0]) << n;
  }
}

TEST(Dot, IntegersDoNotWrapEarly) {
  std::vector<int8_t> a(1000, -128);
  int64_t result;
  const Tensor t = Over(a, {1000});
  ASSERT_TRUE(Dot(t, t, RowMajor(&result, DType::kInt64, {}), kNoStop).ok());
  EXPECT_EQ(result, 16384000);
}

TEST(MatmulShape, NamesWhatDoesNotFit) {
  Shape shape;
  const Status s = MatmulShape(ShapeOf({2, 3}), ShapeOf({2, 3}), &shape);
  EXPECT_STREQ(s.what(), "shapes {2, 3} and {2, 3} do not multiply: 3 against 2");
  EXPECT_FALSE(MatmulShape({}, ShapeOf({3}), &shape).ok());
}

TEST(Matmul, StopsWhenAsked) {
  StopToken stop;
  stop.Raise();
  std::vector<float> a(64 * 64);
  std::vector<float> c(64 * 64);
  const Tensor x = Over(a, {64, 64});
  EXPECT_EQ(Matmul(x, x, Over(c, {64, 64}), stop).code(), Code::kStopped);
}

}  // namespace dot_test
}  // namespace moonlet
