// What CONCATENATION copies where; what it refuses, with which words.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace concatenation_test {

using namespace moonlet::testing;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kNoActivation = ActivationFunctionType::NONE;

std::vector<uint8_t> ConcatenationModel(const std::vector<TensorSpec>& inputs,
                                        const TensorSpec& output, int axis,
                                        ActivationFunctionType activation = kNoActivation) {
  ModelBuilder b;
  std::vector<int32_t> in;
  for (const TensorSpec& input : inputs) in.push_back(b.Add(input));
  const int y = b.Add(output);
  b.Add(BuiltinOperator::CONCATENATION, in, {y}, BuiltinOptions::ConcatenationOptions,
        tflite::CreateConcatenationOptions(b.buffer(), axis, activation).Union());
  return b.Finish(in, {y});
}

std::string RefusalOfConcatenation(const std::vector<TensorSpec>& inputs, const TensorSpec& output,
                                   int axis = 1) {
  return OpenedModel(ConcatenationModel(inputs, output, axis)).status().what();
}

TensorSpec Int8Spec(std::vector<int32_t> shape) {
  return {.shape = std::move(shape), .type = kS8, .scales = {0.5f}, .zero_points = {3}};
}

// Joins inputs of lengths 1, 2 and 3 along every axis of shapes of rank 1 to 4. Elements
// are numbered where they shall be.
TEST(ConcatenationTest, JoinsAlongEveryAxis) {
  for (int rank = 1; rank <= 4; ++rank) {
    for (int axis = -rank; axis < rank; ++axis) {
      SCOPED_TRACE(std::to_string(rank) + ", " + std::to_string(axis));
      std::vector<int32_t> shape = {2, 3, 2, 2};
      shape.resize(static_cast<size_t>(rank));
      const auto at = static_cast<size_t>(axis < 0 ? axis + rank : axis);
      std::vector<TensorSpec> inputs;
      for (const int32_t length : {1, 2, 3}) {
        shape[at] = length;
        inputs.push_back({.shape = shape, .type = TensorType::INT32});
      }
      shape[at] = 6;
      OpenedModel m(ConcatenationModel(inputs, {.shape = shape, .type = TensorType::INT32}, axis));
      ASSERT_TRUE(m.status().ok()) << m.status().what();
      int32_t inner = 1;
      for (size_t i = at + 1; i < shape.size(); ++i) inner *= shape[i];
      int32_t first = 0;
      for (int k = 0; k < 3; ++k) {
        const int32_t row = (k + 1) * inner;
        const Tensor input = m.session().input(k);
        for (int32_t i = 0; i < static_cast<int32_t>(input.size()); ++i)
          input.as<int32_t>()[i] = i / row * 6 * inner + first + i % row;
        first += row;
      }
      ASSERT_TRUE(m.Run().ok());
      const Tensor output = m.session().output(0);
      for (int32_t i = 0; i < static_cast<int32_t>(output.size()); ++i)
        ASSERT_EQ(output.as<int32_t>()[i], i);
    }
  }
}

TEST(ConcatenationTest, AcceptsAndRefuses) {
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), Int8Spec({2, 4})}, Int8Spec({2, 7})), "");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3})}, Int8Spec({2, 3})), "");
  EXPECT_EQ(
      RefusalOfConcatenation(std::vector<TensorSpec>(12, Int8Spec({2, 1})), Int8Spec({2, 12})), "");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), Int8Spec({2, 4})}, Int8Spec({2, 8})),
            "operator 1 CONCATENATION: inputs of 7 together along axis 2, expected the output's 8");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), Int8Spec({3, 4})}, Int8Spec({2, 7})),
            "operator 1 CONCATENATION: input (tensor 1 't1') has shape {3, 4}, expected {2, 7} but "
            "for axis 2");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), Int8Spec({8})}, Int8Spec({2, 7})),
            "operator 1 CONCATENATION: input (tensor 1 't1') has shape {8}, expected {2, 7} but "
            "for axis 2");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3})}, Int8Spec({2, 3}), 2),
            "operator 1 CONCATENATION: axis 2 in the file, expected -2 to 1");
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3})}, Int8Spec({2, 3}), -3),
            "operator 1 CONCATENATION: axis -3 in the file, expected -2 to 1");
  TensorSpec other = Int8Spec({2, 4});
  other.scales = {0.25f};
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), other}, Int8Spec({2, 7})),
            "operator 1 CONCATENATION: input (tensor 1 't1') has scale 0.25, zero point 3, "
            "expected the output's 0.5, 3");
  other.type = TensorType::UINT8;
  EXPECT_EQ(RefusalOfConcatenation({Int8Spec({2, 3}), other}, Int8Spec({2, 7})),
            "operator 1 CONCATENATION: input (tensor 1 't1') is uint8, expected int8");
  EXPECT_EQ(RefusalOfConcatenation({other}, other),
            "operator 1 CONCATENATION: not supported from uint8 to uint8");
}

TEST(ConcatenationTest, Int16IsSymmetric) {
  const TensorSpec half = {.shape = {2, 3}, .type = TensorType::INT16, .scales = {0.5f}};
  TensorSpec other = half;
  other.scales = {0.25f};
  TensorSpec output = half;
  output.shape = {2, 6};
  EXPECT_EQ(RefusalOfConcatenation({half, other}, output), "");
  other.zero_points = {1};
  EXPECT_EQ(RefusalOfConcatenation({half, other}, output),
            "operator 1 CONCATENATION: zero points 1 of input (tensor 1 't1') and 0 of the "
            "output, expected 0");
}

TEST(ConcatenationTest, RefusesActivationsAndMissingOptions) {
  OpenedModel clamped(
      ConcatenationModel({Int8Spec({2, 3})}, Int8Spec({2, 3}), 1, ActivationFunctionType::RELU));
  EXPECT_STREQ(clamped.status().what(),
               "operator 1 CONCATENATION: fused activation 1, expected none");
  ModelBuilder b;
  const int x = b.Add(Int8Spec({2}));
  const int y = b.Add(Int8Spec({2}));
  b.Add(BuiltinOperator::CONCATENATION, {x}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_STREQ(m.status().what(), "operator 1 CONCATENATION: its options are missing");
}

}  // namespace concatenation_test
}  // namespace moonlet
