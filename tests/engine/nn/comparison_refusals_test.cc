// Comparisons, logic, SELECT, ARG_MAX and ARG_MIN: small results, and what they refuse, with
// which words.
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace comparison_refusals_test {

using namespace moonlet::testing;
using Bytes8 = std::vector<uint8_t>;
using Ints = std::vector<int32_t>;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kBool = TensorType::BOOL;

constexpr BuiltinOperator kComparisons[] = {
    BuiltinOperator::EQUAL,      BuiltinOperator::NOT_EQUAL, BuiltinOperator::LESS,
    BuiltinOperator::LESS_EQUAL, BuiltinOperator::GREATER,   BuiltinOperator::GREATER_EQUAL};

template <typename T>
TensorSpec Constant(TensorType type, const std::vector<T>& values) {
  return {.shape = {static_cast<int32_t>(values.size())}, .type = type, .data = DataOf(values)};
}
Edit<OperatorCase> Input(size_t k, const TensorSpec& tensor) {
  return [=](OperatorCase& c) { c.tensors[k] = tensor; };
}
Edit<OperatorCase> OutputShape(std::vector<int32_t> shape) {
  return [shape](OperatorCase& c) { c.output().shape = shape; };
}
void OneInput(OperatorCase& c) { c.inputs = {0}; }
void IntOutput(OperatorCase& c) { c.output().type = kS32; }

// Three elements against three constants.
template <typename T>
OperatorCase Pairwise(BuiltinOperator code, TensorType type, const std::vector<T>& b) {
  return {code,
          {{.shape = {3}, .type = type}, Constant(type, b), {.shape = {3}, .type = kBool}},
          {0, 1}};
}

// All six, for elements that are smaller, equal and larger.
template <typename T>
void ExpectOrder(TensorType type, T small, T middle, T large) {
  const Bytes8 expected[] = {{0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}, {0, 1, 1}};
  for (size_t i = 0; i < std::size(kComparisons); ++i) {
    const auto c = Pairwise<T>(kComparisons[i], type, {middle, middle, middle});
    EXPECT_EQ((ResultOf<T, uint8_t>(c, {small, middle, large})), expected[i])
        << tflite::EnumNameTensorType(type) << " " << i;
  }
}

TEST(Compare, EveryType) {
  ExpectOrder<float>(TensorType::FLOAT32, -2.5f, 0.0f, 1e-30f);
  ExpectOrder<int16_t>(kS16, -32768, -1, 32767);
  ExpectOrder<int32_t>(kS32, std::numeric_limits<int32_t>::min(), 0, 1);
  ExpectOrder<uint32_t>(TensorType::UINT32, 1, 0x7FFFFFFF, 0x80000000);
  ExpectOrder<int64_t>(TensorType::INT64, -(int64_t{1} << 40), -1, int64_t{1} << 40);
  const auto equal = Pairwise<uint8_t>(BuiltinOperator::EQUAL, kBool, {1, 0, 1});
  EXPECT_EQ(ResultOf(equal, Bytes8{1, 1, 0}), (Bytes8{1, 0, 0}));
}

TEST(Compare, NothingButUnequalHoldsForNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const BuiltinOperator code : kComparisons) {
    const auto c = Pairwise<float>(code, TensorType::FLOAT32, {1, nan, nan});
    const uint8_t expected = code == BuiltinOperator::NOT_EQUAL ? 1 : 0;
    EXPECT_EQ((ResultOf<float, uint8_t>(c, {nan, 1, nan})), Bytes8(3, expected));
  }
}

OperatorCase Scaled(BuiltinOperator code, float scale_a, int64_t zero_a, float scale_b,
                    int64_t zero_b) {
  OperatorCase c = Pairwise<int8_t>(code, kS8, {5, 5, 5});
  c.tensors[0].scales = {scale_a};
  c.tensors[0].zero_points = {zero_a};
  c.tensors[1].scales = {scale_b};
  c.tensors[1].zero_points = {zero_b};
  return c;
}

TEST(Compare, Int8ByTheNumbersInStepsOf256) {
  // (q + 3) / 2 against (5 - 1) / 4, so 1: q of -1 is equal.
  const std::vector<int8_t> x = {-2, -1, 0};
  EXPECT_EQ((ResultOf<int8_t, uint8_t>(Scaled(BuiltinOperator::LESS, 0.5f, -3, 0.25f, 1), x)),
            (Bytes8{1, 0, 0}));
  EXPECT_EQ(
      (ResultOf<int8_t, uint8_t>(Scaled(BuiltinOperator::GREATER_EQUAL, 0.5f, -3, 0.25f, 1), x)),
      (Bytes8{0, 1, 1}));
  // Differences below half a step are none.
  EXPECT_EQ((ResultOf<int8_t, uint8_t>(Scaled(BuiltinOperator::EQUAL, 0.001f, 0, 0.001f, 5), x)),
            (Bytes8{0, 1, 1}));
  // Scales of 1 and more: 3 * q against 20.
  EXPECT_EQ((ResultOf<int8_t, uint8_t>(Scaled(BuiltinOperator::GREATER, 3, 0, 4, 0), {6, 7, 127})),
            (Bytes8{0, 1, 1}));
}

TEST(Compare, Refusals) {
  for (const BuiltinOperator code : kComparisons) {
    ExpectRefusals(Pairwise<int32_t>(code, kS32, {1, 2, 3}),
                   {{OneInput, "1 inputs, expected 2"},
                    {IntOutput, "not supported from int32 to int32"},
                    {OutputShape({1, 3}), "has shape {1, 3}, expected {3}"},
                    {Input(1, Constant<int32_t>(kS32, {1, 2})), "do not fit each other"},
                    {Input(1, Constant<int16_t>(kS16, {1, 2, 3})), "is int16, expected int32"}});
    ExpectRefusals(Scaled(code, 1, 0, 2, 0),
                   {{[](OperatorCase& c) { c.tensors[0].scales = {}; }, "first input"},
                    {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "has 0 scales, expected 1"},
                    {[](OperatorCase& c) { c.tensors[1].scales = {2e38f}; },
                     "scales 1 and 2e+38, expected less than 2^127"}});
    OperatorCase wide = Pairwise<int16_t>(code, kS16, {1, 2, 3});
    wide.tensors[0].scales = wide.tensors[1].scales = {0.5f};
    ExpectRefusals(wide, {{[](OperatorCase& c) { c.tensors[1].scales = {0.25f}; },
                           "second input (tensor 1 't1') of another scale or zero point"},
                          {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "of another scale"}});
  }
}

TEST(Logical, Results) {
  const Bytes8 x = {0, 1, 1};
  const auto with = [](BuiltinOperator code) { return Pairwise<uint8_t>(code, kBool, {1, 0, 1}); };
  EXPECT_EQ(ResultOf(with(BuiltinOperator::LOGICAL_AND), x), (Bytes8{0, 0, 1}));
  EXPECT_EQ(ResultOf(with(BuiltinOperator::LOGICAL_OR), x), (Bytes8{1, 1, 1}));
  const OperatorCase negation = {BuiltinOperator::LOGICAL_NOT,
                                 {{.shape = {3}, .type = kBool}, {.shape = {3}, .type = kBool}},
                                 {0}};
  EXPECT_EQ(ResultOf(negation, x), (Bytes8{1, 0, 0}));
  ExpectRefusals(negation, {{OutputShape({2}), "has shape {2}, expected {3}"},
                            {IntOutput, "not supported from bool to int32"}});
  ExpectRefusals(with(BuiltinOperator::LOGICAL_OR),
                 {{OneInput, "1 inputs, expected 2"},
                  {OutputShape({1, 3}), "has shape {1, 3}, expected {3}"},
                  {Input(0, {.shape = {3}, .type = kS8}), "not supported from int8 to bool"},
                  {Input(1, Constant<int32_t>(kS32, {1, 2, 3})), "is int32, expected bool"}});
}

OperatorCase SelectCase(std::vector<int32_t> condition, const TensorSpec& x, const TensorSpec& y,
                        std::vector<int32_t> output) {
  return {BuiltinOperator::SELECT_V2,
          {{.shape = std::move(condition), .type = kBool},
           x,
           y,
           {.shape = std::move(output), .type = x.type}},
          {0, 1, 2}};
}
TensorSpec Shaped(TensorSpec tensor, std::vector<int32_t> shape) {
  tensor.shape = std::move(shape);
  return tensor;
}

TEST(Select, Results) {
  const TensorSpec row = Constant<int32_t>(kS32, {1, 2, 3});
  const TensorSpec column = Shaped(Constant<int32_t>(kS32, {70, 80}), {2, 1});
  EXPECT_EQ((ResultOf<uint8_t, int32_t>(SelectCase({3}, row, column, {2, 3}), {1, 0, 1})),
            (Ints{1, 70, 3, 1, 80, 3}));
  EXPECT_EQ((ResultOf<uint8_t, int32_t>(SelectCase({2, 1, 1}, row, column, {2, 2, 3}), {0, 1})),
            (Ints{70, 70, 70, 80, 80, 80, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ((ResultOf<uint8_t, int32_t>(SelectCase({}, row, row, {3}), {1})), (Ints{1, 2, 3}));
  const TensorSpec wide = Constant<int64_t>(TensorType::INT64, {1, -1});
  EXPECT_EQ((ResultOf<uint8_t, int64_t>(
                SelectCase({2}, wide, Constant<int64_t>(TensorType::INT64, {5, 6}), {2}), {0, 1})),
            (std::vector<int64_t>{5, -1}));
}

TEST(Select, AVectorOfConditionsTakesRows) {
  const TensorSpec x = Shaped(Constant<int32_t>(kS32, {1, 2, 3, 4}), {2, 2});
  const TensorSpec y = Shaped(Constant<int32_t>(kS32, {5, 6, 7, 8}), {2, 2});
  OperatorCase c = SelectCase({2}, x, y, {2, 2});
  EXPECT_EQ((ResultOf<uint8_t, int32_t>(c, {1, 0})), (Ints{1, 6, 3, 8}));
  c.code = BuiltinOperator::SELECT;
  EXPECT_EQ((ResultOf<uint8_t, int32_t>(c, {1, 0})), (Ints{1, 2, 7, 8}));
}

TEST(Select, Refusals) {
  const TensorSpec x = Constant<int32_t>(kS32, {1, 2, 3});
  ExpectRefusals(
      SelectCase({3}, x, x, {3}),
      {{OneInput, "1 inputs, expected 3"},
       {OutputShape({1, 3}), "has shape {1, 3}, expected {3}"},
       {Input(0, {.shape = {3}, .type = kS8}), "not supported from int8"},
       {Input(0, {.shape = {2}, .type = kBool}), "shapes {2}, {3} and {3} do not fit each other"},
       {Input(2, Constant<int32_t>(kS32, {1, 2})), "shapes {3}, {3} and {2} do not fit"},
       {Input(1, Constant<int16_t>(kS16, {1, 2, 3})), "second input (tensor 1 't1') is int16"},
       {Input(2, Constant<int16_t>(kS16, {1, 2, 3})), "third input (tensor 2 't2') is int16"}});
}

OperatorCase ArgCase(BuiltinOperator code, TensorType type, const TensorSpec& axis,
                     std::vector<int32_t> output) {
  return {code,
          {{.shape = {2, 3}, .type = type}, axis, {.shape = std::move(output), .type = kS32}},
          {0, 1}};
}

TEST(ArgExtreme, Results) {
  const TensorSpec first = Constant<int32_t>(kS32, {0}), last = Constant<int32_t>(kS32, {-1});
  const std::vector<int8_t> x = {-3, 5, 5, -3, -128, 127};
  const auto of = [](BuiltinOperator code, const TensorSpec& axis, std::vector<int32_t> shape) {
    return ArgCase(code, kS8, axis, std::move(shape));
  };
  EXPECT_EQ((ResultOf<int8_t, int32_t>(of(BuiltinOperator::ARG_MAX, last, {2}), x)), (Ints{1, 2}));
  EXPECT_EQ((ResultOf<int8_t, int32_t>(of(BuiltinOperator::ARG_MIN, last, {2}), x)), (Ints{0, 1}));
  EXPECT_EQ((ResultOf<int8_t, int32_t>(of(BuiltinOperator::ARG_MAX, first, {3}), x)),
            (Ints{0, 0, 1}));
  OperatorCase wide = of(BuiltinOperator::ARG_MIN, first, {3});
  wide.output().type = TensorType::INT64;
  EXPECT_EQ((ResultOf<int8_t, int64_t>(wide, x)), (std::vector<int64_t>{0, 1, 0}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(
      (ResultOf<float, int32_t>(ArgCase(BuiltinOperator::ARG_MAX, TensorType::FLOAT32, last, {2}),
                                {nan, 1, 2, 1, nan, 2})),
      (Ints{0, 2}));
}

TEST(ArgExtreme, Refusals) {
  ExpectRefusals(
      ArgCase(BuiltinOperator::ARG_MAX, kS8, Constant<int32_t>(kS32, {1}), {2}),
      {{OneInput, "1 inputs, expected 2"},
       {OutputShape({2, 1}), "has shape {2, 1}, expected {2}"},
       {[](OperatorCase& c) { c.output().type = kS16; }, "not supported from int8 to int16"},
       {Input(1, Constant<int32_t>(kS32, {2})), "axis 2 in the file, expected -2 to 1"},
       {Input(1, Constant<int32_t>(kS32, {0, 1})), "has shape {2}, expected one element"},
       {Input(1, Constant<float>(TensorType::FLOAT32, {1})), "expected int32 or int64"},
       {Input(1, Constant<int64_t>(TensorType::INT64, {-1})), ""},
       {Input(1, {.shape = {}, .type = kS32}), "axis (tensor 1 't1') is computed"}});
}

}  // namespace comparison_refusals_test
}  // namespace moonlet
