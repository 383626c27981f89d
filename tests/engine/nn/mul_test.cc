// What MUL accepts and refuses, with which words.
#include <gtest/gtest.h>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace mul_test {

using namespace moonlet::testing;

// a, b and the output.
struct MulSpecs {
  TensorSpec a, b, output;
};

MulSpecs SpecsOf(TensorType type) {
  MulSpecs s = {{.shape = {2, 3}, .type = type}, {.shape = {3}, .type = type}, {}};
  s.output = s.a;
  if (type == TensorType::INT8 || type == TensorType::INT16) {
    s.a.scales = {0.1f};
    s.b.scales = {0.2f};
    s.output.scales = {0.3f};
  }
  return s;
}

std::string RefusalOfMul(const MulSpecs& specs, int activation = 0) {
  ModelBuilder b;
  const int x = b.Add(specs.a);
  const int y = b.Add(specs.b);
  const int z = b.Add(specs.output);
  b.Add(BuiltinOperator::MUL, {x, y}, {z}, BuiltinOptions::MulOptions,
        tflite::CreateMulOptions(b.buffer(), static_cast<ActivationFunctionType>(activation))
            .Union());
  OpenedModel m(b.Finish({x, y}, {z}));
  if (m.status().ok()) static_cast<void>(m.Run());
  return m.status().what();
}

constexpr TensorType kTypes[] = {TensorType::INT8, TensorType::INT16, TensorType::INT32,
                                 TensorType::FLOAT32};

TEST(MulTest, AcceptsAndRefusesEveryType) {
  for (const TensorType type : kTypes) {
    SCOPED_TRACE(static_cast<int>(type));
    const MulSpecs valid = SpecsOf(type);
    EXPECT_EQ(RefusalOfMul(valid), "");
    EXPECT_EQ(RefusalOfMul(valid, 3), "");
    EXPECT_EQ(RefusalOfMul(valid, 6), "operator 1 MUL: fused activation 6 does not exist");
    MulSpecs changed = valid;
    changed.b.shape = {2};
    EXPECT_EQ(RefusalOfMul(changed),
              "operator 1 MUL: inputs of shapes {2, 3} and {2} do not fit each other");
    changed = valid;
    changed.output.shape = {3, 2};
    EXPECT_EQ(RefusalOfMul(changed),
              "operator 1 MUL: output (tensor 2 't2') has shape {3, 2}, expected {2, 3}");
    changed = valid;
    changed.b.type = TensorType::BOOL;
    EXPECT_NE(RefusalOfMul(changed).find("second input (tensor 1 't1') is bool"),
              std::string::npos);
  }
}

TEST(MulTest, RefusesScalesThatDoNotFit) {
  for (const TensorType type : {TensorType::INT8, TensorType::INT16}) {
    MulSpecs changed = SpecsOf(type);
    changed.a.scales = {1e30f};
    changed.b.scales = {1e30f};
    EXPECT_EQ(RefusalOfMul(changed),
              "operator 1 MUL: scales 1e+30 and 1e+30 do not go with the output's 0.3");
    changed = SpecsOf(type);
    changed.b.scales = {};
    EXPECT_EQ(RefusalOfMul(changed),
              "operator 1 MUL: second input (tensor 1 't1') has 0 scales, expected 1");
    changed = SpecsOf(type);
    changed.output.scales = {1e-12f};
    EXPECT_EQ(RefusalOfMul(changed, 3),
              "operator 1 MUL: output (tensor 2 't2') has scale 1e-12, too small for its "
              "activation");
  }
}

TEST(MulTest, Int16IsSymmetric) {
  MulSpecs changed = SpecsOf(TensorType::INT16);
  changed.a.zero_points = {1};
  EXPECT_EQ(RefusalOfMul(changed),
            "operator 1 MUL: first input (tensor 0 't0') has zero point 1, expected 0");
  changed = SpecsOf(TensorType::INT16);
  changed.b.zero_points = {2};
  EXPECT_EQ(RefusalOfMul(changed),
            "operator 1 MUL: second input (tensor 1 't1') has zero point 2, expected 0");
  changed = SpecsOf(TensorType::INT16);
  changed.output.zero_points = {3};
  EXPECT_EQ(RefusalOfMul(changed),
            "operator 1 MUL: output (tensor 2 't2') has zero point 3, expected 0");
}

TEST(MulTest, RefusesMissingOptions) {
  ModelBuilder b;
  const int x = b.Add({.shape = {2}});
  const int y = b.Add({.shape = {2}});
  b.Add(BuiltinOperator::MUL, {x, x}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_STREQ(m.status().what(), "operator 1 MUL: its options are missing");
}

}  // namespace mul_test
}  // namespace moonlet
