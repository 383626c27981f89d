// What SPLIT and SPLIT_V copy where; what they refuse, with which words.
#include <gtest/gtest.h>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace split_test {

using namespace moonlet::testing;

TensorSpec Floats(std::vector<int32_t> shape) { return {.shape = std::move(shape)}; }

TensorSpec AxisOf(int32_t axis) {
  return {.shape = {}, .type = TensorType::INT32, .data = DataOf<int32_t>({axis})};
}

std::vector<uint8_t> SplitModel(BuiltinOperator code, const TensorSpec& input,
                                const std::vector<TensorSpec>& outputs, const TensorSpec& axis) {
  ModelBuilder b;
  const int x = b.Add(input);
  const int a = b.Add(axis);
  const int sizes =
      b.Add({.shape = {2}, .type = TensorType::INT32, .data = DataOf<int32_t>({1, 1})});
  std::vector<int32_t> out;
  for (const TensorSpec& output : outputs) out.push_back(b.Add(output));
  std::vector<int32_t> model_inputs = {x};
  if (axis.data.empty()) model_inputs.push_back(a);
  if (code == BuiltinOperator::SPLIT) {
    b.Add(code, {a, x}, out);
  } else {
    b.Add(code, {x, sizes, a}, out);
  }
  return b.Finish(model_inputs, out);
}

std::string RefusalOfSplit(const TensorSpec& input, const std::vector<TensorSpec>& outputs,
                           const TensorSpec& axis) {
  const std::string words =
      OpenedModel(SplitModel(BuiltinOperator::SPLIT, input, outputs, axis)).status().what();
  const std::string words_v =
      OpenedModel(SplitModel(BuiltinOperator::SPLIT_V, input, outputs, axis)).status().what();
  // The same but for the name.
  const size_t colon = words.find(": ");
  if (colon == std::string::npos) return words + words_v;
  EXPECT_EQ(words.substr(colon), words_v.substr(words_v.find(": ")));
  return words.substr(colon + 2);
}

TEST(SplitTest, SplitsAlongEveryAxis) {
  for (const auto code : {BuiltinOperator::SPLIT, BuiltinOperator::SPLIT_V}) {
    for (int axis = -3; axis < 3; ++axis) {
      SCOPED_TRACE(axis);
      std::vector<int32_t> shape = {2, 3, 4};
      const auto at = static_cast<size_t>(axis < 0 ? axis + 3 : axis);
      const int32_t length = shape[at];
      std::vector<TensorSpec> outputs;
      for (const int32_t part : {1, length - 1}) {
        shape[at] = part;
        outputs.push_back(Floats(shape));
      }
      OpenedModel m(SplitModel(code, Floats({2, 3, 4}), outputs, AxisOf(axis)));
      ASSERT_TRUE(m.status().ok()) << m.status().what();
      for (int i = 0; i < 24; ++i) m.session().input(0).as<float>()[i] = static_cast<float>(i);
      ASSERT_TRUE(m.Run().ok());
      int32_t inner = 1;
      for (size_t i = at + 1; i < 3; ++i) inner *= shape[i];
      for (int32_t i = 0; i < 24; ++i) {
        const int32_t outer = i / (inner * length), j = i / inner % length, k = i % inner;
        const Tensor part = m.session().output(j == 0 ? 0 : 1);
        const int32_t from =
            j == 0 ? outer * inner + k : (outer * (length - 1) + j - 1) * inner + k;
        ASSERT_EQ(part.as<float>()[from], static_cast<float>(i));
      }
    }
  }
}

TEST(SplitTest, AcceptsAndRefuses) {
  EXPECT_EQ(RefusalOfSplit(Floats({2, 6}), {Floats({2, 4}), Floats({2, 2})}, AxisOf(1)), "");
  EXPECT_EQ(RefusalOfSplit(Floats({2, 6}), {Floats({2, 6})}, AxisOf(0)), "");
  EXPECT_EQ(RefusalOfSplit(Floats({2, 6}), {Floats({2, 4}), Floats({2, 3})}, AxisOf(1)),
            "outputs of 7 together along axis 2, expected the input's 6");
  EXPECT_EQ(RefusalOfSplit(Floats({2, 6}), {Floats({2, 4}), Floats({1, 4})}, AxisOf(1)),
            "output (tensor 4 't4') has shape {1, 4}, expected {2, 6} but for axis 2");
  EXPECT_EQ(RefusalOfSplit(Floats({2, 6}), {Floats({2, 6})}, AxisOf(2)),
            "axis 2 in the file, expected -2 to 1");
  EXPECT_EQ(
      RefusalOfSplit(Floats({2, 6}), {Floats({2, 6})}, {.shape = {}, .type = TensorType::INT32}),
      "axis (tensor 1 't1') is computed, expected a constant");
  EXPECT_EQ(
      RefusalOfSplit(Floats({2, 6}), {Floats({2, 6})},
                     {.shape = {2}, .type = TensorType::INT32, .data = DataOf<int32_t>({0, 0})}),
      "axis (tensor 1 't1') has shape {2}, expected one element");
}

TEST(SplitTest, RefusesOtherTypes) {
  TensorSpec words = Floats({2});
  words.type = TensorType::INT32;
  OpenedModel mixed(SplitModel(BuiltinOperator::SPLIT, Floats({2}), {words}, AxisOf(0)));
  EXPECT_STREQ(mixed.status().what(),
               "operator 1 SPLIT: output (tensor 3 't3') is int32, expected float32");
  OpenedModel axis(SplitModel(BuiltinOperator::SPLIT_V, words, {words}, Floats({1})));
  EXPECT_STREQ(axis.status().what(),
               "operator 1 SPLIT_V: axis (tensor 1 't1') is float32, expected int32");
}

}  // namespace split_test
}  // namespace moonlet
