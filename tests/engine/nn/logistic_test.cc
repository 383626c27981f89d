// What LOGISTIC accepts and refuses, with which words.
#include <gtest/gtest.h>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace logistic_test {

using namespace moonlet::testing;

constexpr auto kS8 = TensorType::INT8;
const TensorSpec kInputS8 = {.shape = {2, 3}, .type = kS8, .scales = {0.1f}};
const TensorSpec kOutputS8 = {
    .shape = {2, 3}, .type = kS8, .scales = {1.0f / 256}, .zero_points = {-128}};

std::string RefusalOfLogistic(const TensorSpec& input, const TensorSpec& output, int inputs = 1) {
  ModelBuilder b;
  const int x = b.Add(input);
  const int y = b.Add(output);
  b.Add(BuiltinOperator::LOGISTIC, std::vector<int32_t>(static_cast<size_t>(inputs), x), {y});
  OpenedModel m(b.Finish({x}, {y}));
  if (m.status().ok()) static_cast<void>(m.Run());
  return m.status().what();
}

TensorSpec With(TensorSpec tensor, float scale, int64_t zero) {
  tensor.scales = {scale};
  tensor.zero_points = {zero};
  return tensor;
}

TEST(LogisticTest, AcceptsAndRefusesInt8) {
  EXPECT_EQ(RefusalOfLogistic(kInputS8, kOutputS8), "");
  EXPECT_EQ(RefusalOfLogistic(With(kInputS8, 3, 17), kOutputS8), "");
  EXPECT_EQ(RefusalOfLogistic(kInputS8, kOutputS8, 2),
            "operator 1 LOGISTIC: 2 inputs, expected 1 to 1");
  EXPECT_EQ(RefusalOfLogistic(kInputS8, With(kOutputS8, 0.004f, -128)),
            "operator 1 LOGISTIC: output (tensor 1 't1') has scale 0.004, zero point -128, "
            "expected 1/256, -128");
  EXPECT_EQ(RefusalOfLogistic(kInputS8, With(kOutputS8, 1.0f / 256, 0)),
            "operator 1 LOGISTIC: output (tensor 1 't1') has scale 0.00390625, zero point 0, "
            "expected 1/256, -128");
  EXPECT_EQ(RefusalOfLogistic(With(kInputS8, 1e-9f, 0), kOutputS8),
            "operator 1 LOGISTIC: input (tensor 0 't0') has scale 1e-09, out of range");
  TensorSpec changed = kInputS8;
  changed.scales = {};
  EXPECT_EQ(RefusalOfLogistic(changed, kOutputS8),
            "operator 1 LOGISTIC: input (tensor 0 't0') has 0 scales, expected 1");
  changed = kOutputS8;
  changed.shape = {3, 2};
  EXPECT_EQ(RefusalOfLogistic(kInputS8, changed),
            "operator 1 LOGISTIC: output (tensor 1 't1') has shape {3, 2}, expected {2, 3}");
  changed.type = TensorType::INT32;
  EXPECT_EQ(RefusalOfLogistic(kInputS8, changed),
            "operator 1 LOGISTIC: not supported from int8 to int32");
}

TEST(LogisticTest, AcceptsAndRefusesInt16) {
  const TensorSpec input = {.shape = {2, 3}, .type = TensorType::INT16, .scales = {0x1p-12f}};
  const TensorSpec output = {.shape = {2, 3}, .type = TensorType::INT16, .scales = {0x1p-15f}};
  EXPECT_EQ(RefusalOfLogistic(input, output), "");
  EXPECT_EQ(RefusalOfLogistic(With(input, 0.1f, 0), output), "");
  EXPECT_EQ(RefusalOfLogistic(With(input, 0.1f, 2), output),
            "operator 1 LOGISTIC: input (tensor 0 't0') has zero point 2, expected 0");
  EXPECT_EQ(RefusalOfLogistic(With(input, 1e9f, 0), output),
            "operator 1 LOGISTIC: input (tensor 0 't0') has scale 1e+09, out of range");
  EXPECT_EQ(RefusalOfLogistic(input, With(output, 0x1p-15f, 1)),
            "operator 1 LOGISTIC: output (tensor 1 't1') has scale 3.05176e-05, zero point 1, "
            "expected 1/32768, 0");
  EXPECT_EQ(RefusalOfLogistic(input, With(output, 0x1p-14f, 0)),
            "operator 1 LOGISTIC: output (tensor 1 't1') has scale 6.10352e-05, zero point 0, "
            "expected 1/32768, 0");
}

TEST(LogisticTest, AcceptsFloat) {
  EXPECT_EQ(RefusalOfLogistic({.shape = {5}}, {.shape = {5}}), "");
  EXPECT_EQ(RefusalOfLogistic({.shape = {5}}, {.shape = {4}}),
            "operator 1 LOGISTIC: output (tensor 1 't1') has shape {4}, expected {5}");
}

}  // namespace logistic_test
}  // namespace moonlet
