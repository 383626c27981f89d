#include "engine/tensor/compare.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace compare_test {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool Same(const Tensor& a, const Tensor& b) {
  bool same = false;
  EXPECT_TRUE(Equal(a, b, StopToken(), &same).ok());
  return same;
}

bool Close(std::vector<double> a, std::vector<double> b, double relative, double absolute) {
  bool close = false;
  const auto n = static_cast<Index>(a.size());
  EXPECT_TRUE(AllClose(Over(a, {n}), Over(b, {n}), relative, absolute, StopToken(), &close).ok());
  return close;
}

TEST(Equal, ComparesDTypeShapeAndElements) {
  std::vector<int32_t> a = {1, 2, 3, 4}, b = {1, 2, 3, 5}, reversed = {4, 3, 2, 1};
  std::vector<uint32_t> other = {1, 2, 3, 4};
  EXPECT_TRUE(Same(Over(a, {4}), Slice(Over(reversed, {4}), 0, 3, 4, -1)));
  EXPECT_FALSE(Same(Over(a, {4}), Over(b, {4})));
  EXPECT_FALSE(Same(Over(a, {4}), Over(a, {2, 2})));
  EXPECT_FALSE(Same(Over(a, {4}), Over(other, {4})));
  EXPECT_TRUE(Same(Over(a, {0}), Over(b, {0})));
  std::vector<double> nan = {kNan}, zero = {0.0}, minus = {-0.0};
  EXPECT_FALSE(Same(Over(nan, {}), Over(nan, {})));
  EXPECT_TRUE(Same(Over(zero, {}), Over(minus, {})));
}

TEST(AllClose, ScalesWithTheSecondOperand) {
  EXPECT_TRUE(Close({100.9}, {101}, 1e-3, 0));
  EXPECT_FALSE(Close({100.8}, {101}, 1e-3, 0));
  EXPECT_TRUE(Close({1e-9, 0}, {0, 1e-9}, 0, 1e-8));
  EXPECT_TRUE(Close({kInf, -kInf}, {kInf, -kInf}, 0, 0));
  EXPECT_FALSE(Close({kInf}, {1}, 1, 1));
  EXPECT_FALSE(Close({1}, {kInf}, 1, 1));
  EXPECT_FALSE(Close({kNan}, {kNan}, 1, 1));
}

}  // namespace compare_test
}  // namespace moonlet
