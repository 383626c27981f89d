#include "engine/tensor/print.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

// Expected texts are what NumPy 1.24's array2string(a, separator=", ") gives, with Lua's
// spelling of truth values.

namespace moonlet {
namespace print_test {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::string Text(const Tensor& t) {
  std::string text(Print(t, {}), '\0');
  EXPECT_EQ(Print(t, {text.data(), text.size()}), text.size());
  return text;
}

// Without the line that names dtype and shape.
template <typename T>
std::string Values(std::vector<T> values, std::initializer_list<Index> dims) {
  const std::string text = Text(Over(values, dims));
  return text.substr(text.find('\n') + 1);
}
template <typename T>
std::string Values(const std::vector<T>& values) {
  return Values(values, {static_cast<Index>(values.size())});
}

TEST(Print, BeginsWithDTypeAndShape) {
  std::vector<int32_t> values = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(Text(Over(values, {2, 3})), "tensor int32 {2, 3}\n[[1, 2, 3],\n [4, 5, 6]]");
  EXPECT_EQ(Text(Over(values, {})), "tensor int32 {}\n1");
  EXPECT_EQ(Text(Over(values, {2, 0})), "tensor int32 {2, 0}\n[]");
}

TEST(Print, AlignsIntegers) {
  EXPECT_EQ(Values<int32_t>({1, -20, 3, 4, 5, 600}, {2, 3}),
            "[[  1, -20,   3],\n"
            " [  4,   5, 600]]");
  EXPECT_EQ(Values<int64_t>({std::numeric_limits<int64_t>::min(), 0}),
            "[-9223372036854775808,                    0]");
}

TEST(Print, AlignsFloatsAtThePoint) {
  EXPECT_EQ(Values<float>({2.5f, 3.5f, 4.5f}), "[2.5, 3.5, 4.5]");
  EXPECT_EQ(Values<float>({0.1f, 1 / 3.f, 100}), "[  0.1       ,   0.33333334, 100.        ]");
  EXPECT_EQ(Values<double>({1 / 3., 2 / 3.}), "[0.33333333, 0.66666667]");
  EXPECT_EQ(Values<float>({-0.f, 0}), "[-0.,  0.]");
  EXPECT_EQ(Values<float>({0.00012345678f, 0.1f}), "[0.00012346, 0.1       ]");
  EXPECT_EQ(Values<float>({2}, {}), "2.");
  EXPECT_EQ(Values<float>({98723728.f}), "[98723728.]");
}

TEST(Print, TurnsScientificWhenMagnitudesDiffer) {
  EXPECT_EQ(Values<float>({1.5f, 2, -0.25f, 3e-4f}), "[ 1.5e+00,  2.0e+00, -2.5e-01,  3.0e-04]");
  EXPECT_EQ(Values<float>({1e-5f, 1, -123456}), "[ 1.00000e-05,  1.00000e+00, -1.23456e+05]");
  EXPECT_EQ(Values<float>({1e-4f}), "[1.e-04]");
  EXPECT_EQ(Values<float>({1e8f, 1}), "[1.e+08, 1.e+00]");
  EXPECT_EQ(Values<double>({1e100, 1e-5}), "[1.e+100, 1.e-005]");
  // Columns are filled with digits of the values themselves.
  EXPECT_EQ(Values<float>({1e-5f, 1.23456789e-9f, 0.3f, 0.5f}),
            "[9.9999997e-06, 1.2345679e-09, 3.0000001e-01, 5.0000000e-01]");
}

TEST(Print, WritesNanWithoutSign) {
  EXPECT_EQ(Values<float>({-kNan, 1, -kInf}), "[ nan,   1., -inf]");
  EXPECT_EQ(Values<float>({kInf, kNan}), "[inf, nan]");
  EXPECT_EQ(Values<float>({kInf, 0.125f}), "[  inf, 0.125]");
}

TEST(Print, WritesTruthValuesAsLuaDoes) {
  bool values[] = {true, false};
  EXPECT_EQ(Text(RowMajor(values, DType::kBool, ShapeOf({2}))), "tensor bool {2}\n[ true, false]");
  EXPECT_EQ(Text(RowMajor(values, DType::kBool, ShapeOf({}))), "tensor bool {}\ntrue");
}

TEST(Print, SeparatesBlocksByEmptyLines) {
  EXPECT_EQ(Values<uint8_t>({0, 1, 2, 3, 4, 5, 6, 7}, {2, 2, 2}),
            "[[[0, 1],\n"
            "  [2, 3]],\n"
            "\n"
            " [[4, 5],\n"
            "  [6, 7]]]");
}

TEST(Print, BreaksLongRows) {
  std::vector<int32_t> values(26);
  for (int i = 0; i < 26; ++i) values[static_cast<size_t>(i)] = i * 1000;
  EXPECT_EQ(Values(values),
            "[    0,  1000,  2000,  3000,  4000,  5000,  6000,  7000,  8000,  9000,\n"
            " 10000, 11000, 12000, 13000, 14000, 15000, 16000, 17000, 18000, 19000,\n"
            " 20000, 21000, 22000, 23000, 24000, 25000]");
}

TEST(Print, LeavesOutTheMiddleBeyondAThousandElements) {
  std::vector<int32_t> line(1001);
  std::iota(line.begin(), line.end(), 0);
  EXPECT_EQ(Values(line), "[   0,    1,    2, ...,  998,  999, 1000]");
  line.pop_back();
  EXPECT_EQ(Values(line).find("..."), std::string::npos);

  std::vector<float> plane(1200);
  std::iota(plane.begin(), plane.end(), 0.f);
  EXPECT_EQ(Values(plane, {40, 30}),
            "[[0.000e+00, 1.000e+00, 2.000e+00, ..., 2.700e+01, 2.800e+01, 2.900e+01],\n"
            " [3.000e+01, 3.100e+01, 3.200e+01, ..., 5.700e+01, 5.800e+01, 5.900e+01],\n"
            " [6.000e+01, 6.100e+01, 6.200e+01, ..., 8.700e+01, 8.800e+01, 8.900e+01],\n"
            " ...,\n"
            " [1.110e+03, 1.111e+03, 1.112e+03, ..., 1.137e+03, 1.138e+03, 1.139e+03],\n"
            " [1.140e+03, 1.141e+03, 1.142e+03, ..., 1.167e+03, 1.168e+03, 1.169e+03],\n"
            " [1.170e+03, 1.171e+03, 1.172e+03, ..., 1.197e+03, 1.198e+03, 1.199e+03]]");
}

TEST(Print, FollowsStridesAndCutsWhereThereIsNoRoom) {
  std::vector<int32_t> values = {1, 2, 3, 4};
  const int order[] = {1, 0};
  const Tensor t = Permute(Over(values, {2, 2}), order);
  EXPECT_EQ(Text(t), "tensor int32 {2, 2}\n[[1, 3],\n [2, 4]]");
  char some[10] = {};
  EXPECT_EQ(Print(t, {some, 6}), 37u);
  EXPECT_STREQ(some, "tensor");
}

}  // namespace print_test
}  // namespace moonlet
