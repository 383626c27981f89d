// RELU, RELU6, RELU_N1_TO_1, TANH, HARD_SWISH, ELU, PRELU, LOG_SOFTMAX and L2_NORMALIZATION:
// near the functions they stand for, and what their Prepares refuse.
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace {

using namespace moonlet::testing;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kF32 = TensorType::FLOAT32;
using Real = double (*)(double);

OperatorCase MapCase(BuiltinOperator code, TensorType type, float scale, int64_t zero,
                     float output_scale, int64_t output_zero, int32_t n = 256) {
  OperatorCase c = {
      code,
      {{.shape = {n}, .type = type, .scales = {scale}, .zero_points = {zero}},
       {.shape = {n}, .type = type, .scales = {output_scale}, .zero_points = {output_zero}}},
      {0}};
  if (type == kF32) c.tensors[0].scales = c.tensors[1].scales = {};
  if (type == kF32) c.tensors[0].zero_points = c.tensors[1].zero_points = {};
  if (code == BuiltinOperator::L2_NORMALIZATION) {
    c.type = BuiltinOptions::L2NormOptions;
    c.options = [](flatbuffers::FlatBufferBuilder& fbb) {
      return tflite::CreateL2NormOptions(fbb).Union();
    };
  }
  return c;
}

// Every result, of all int8 or of many int16 values, is within a step of the function's.
template <typename T>
void ExpectNear(const OperatorCase& c, Real f) {
  constexpr int kStep = sizeof(T) == 1 ? 1 : 257;
  std::vector<T> x(256);
  for (size_t i = 0; i < 256; ++i)
    x[i] = static_cast<T>(std::numeric_limits<T>::min() + static_cast<int>(i) * kStep);
  const std::vector<T> y = ResultOf<T>(c, x);
  ASSERT_EQ(y.size(), x.size());
  const TensorSpec& in = c.tensors[0];
  const TensorSpec& out = c.tensors.back();
  for (size_t i = 0; i < 256; ++i) {
    const double real = f(in.scales[0] * static_cast<double>(x[i] - in.zero_points[0]));
    const double steps = real / out.scales[0] + static_cast<double>(out.zero_points[0]);
    const double expected =
        std::clamp<double>(steps, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    EXPECT_LE(std::fabs(y[i] - expected), 1.01) << "of " << int{x[i]};
  }
}

double Relu(double x) { return std::max(x, 0.0); }
double ReluN1To1(double x) { return std::clamp(x, -1.0, 1.0); }
double Relu6(double x) { return std::clamp(x, 0.0, 6.0); }
double HardSwish(double x) { return x * Relu6(x + 3) / 6; }
double Elu(double x) { return x < 0 ? std::expm1(x) : x; }

TEST(ActivationsTest, AreNearTheRealFunctions) {
  using Op = BuiltinOperator;
  ExpectNear<int8_t>(MapCase(Op::RELU, kS8, 0.05f, 7, 0.031f, -100), Relu);
  ExpectNear<int16_t>(MapCase(Op::RELU, kS16, 0.0005f, 0, 0.0007f, 0), Relu);
  ExpectNear<int8_t>(MapCase(Op::RELU6, kS8, 0.05f, -31, 0.05f, -31), Relu6);
  ExpectNear<int16_t>(MapCase(Op::RELU6, kS16, 0.0005f, 300, 0.0005f, 300), Relu6);
  ExpectNear<int8_t>(MapCase(Op::RELU_N1_TO_1, kS8, 0.05f, 7, 0.01f, 3), ReluN1To1);
  ExpectNear<int16_t>(MapCase(Op::RELU_N1_TO_1, kS16, 0.0005f, 0, 0.0001f, 0), ReluN1To1);
  ExpectNear<int8_t>(MapCase(Op::TANH, kS8, 0.03f, 12, 1.0f / 128, 0), std::tanh);
  ExpectNear<int8_t>(MapCase(Op::HARD_SWISH, kS8, 0.04f, 5, 0.03f, -90), HardSwish);
  ExpectNear<int8_t>(MapCase(Op::HARD_SWISH, kS8, 0.2f, -5, 0.1f, 0), HardSwish);
  ExpectNear<int8_t>(MapCase(Op::ELU, kS8, 0.04f, 5, 0.03f, -90), Elu);
}

// The table's straight lines stay within four steps of 2^-15; scales of 2^-12 and 2^-11 have
// a way of their own.
TEST(ActivationsTest, TanhOfInt16FollowsItsTable) {
  for (const float scale : {1.0f / 4096, 1.0f / 2048, 0.0003f, 0.0001f}) {
    std::vector<int16_t> x(256);
    for (size_t i = 0; i < 256; ++i)
      x[i] = static_cast<int16_t>(-32768 + 257 * static_cast<int>(i));
    const auto y =
        ResultOf<int16_t>(MapCase(BuiltinOperator::TANH, kS16, scale, 0, 1.0f / 32768, 0), x);
    ASSERT_EQ(y.size(), x.size());
    for (size_t i = 0; i < 256; ++i)
      EXPECT_NEAR(y[i], 32768 * std::tanh(double{scale} * x[i]), 4) << scale << " * " << x[i];
  }
}

TEST(ActivationsTest, Float) {
  using Op = BuiltinOperator;
  const std::vector<float> x = {-8, -1, -0.5f, 0, 0.5f, 2, 7, INFINITY};
  const auto near = [&](Op code, std::vector<double> expected) {
    const auto y = ResultOf<float>(MapCase(code, kF32, 0, 0, 0, 0, 8), x);
    ASSERT_EQ(y.size(), expected.size());
    for (size_t i = 0; i < y.size(); ++i) {
      if (std::isinf(expected[i])) {
        EXPECT_EQ(y[i], INFINITY);
      } else {
        EXPECT_NEAR(y[i], expected[i], 1e-6);
      }
    }
  };
  const auto mapped = [&](Real f) {
    std::vector<double> y;
    for (const float v : x) y.push_back(f(double{v}));
    return y;
  };
  near(Op::RELU, mapped(Relu));
  near(Op::RELU6, mapped(Relu6));
  near(Op::RELU_N1_TO_1, mapped(ReluN1To1));
  near(Op::TANH, mapped(std::tanh));
  near(Op::HARD_SWISH, mapped(HardSwish));
  near(Op::ELU, mapped(Elu));
}

OperatorCase PreluCase(TensorType type) {
  OperatorCase c = {BuiltinOperator::PRELU,
                    {{.shape = {2, 3}, .type = type, .scales = {0.5f}},
                     {.shape = {3},
                      .type = kS8,
                      .scales = {0.25f},
                      .zero_points = {1},
                      .data = DataOf<int8_t>({1, 3, -3})},
                     {.shape = {2, 3}, .type = type, .scales = {0.25f}}},
                    {0, 1}};
  if (type != kF32) return c;
  c.tensors[1] = {.shape = {3}, .data = DataOf<float>({0, 0.5f, -1})};
  c.tensors[0].scales = c.tensors[2].scales = {};
  return c;
}

// alpha is 0, 0.5 and -1.
TEST(ActivationsTest, Prelu) {
  EXPECT_EQ(ResultOf<int8_t>(PreluCase(kS8), {-8, -8, -8, 5, 100, 3}),
            (std::vector<int8_t>{0, -8, 16, 10, 127, 6}));
  EXPECT_EQ(ResultOf<int16_t>(PreluCase(kS16), {-8, -800, -8, 5, 100, 3}),
            (std::vector<int16_t>{0, -800, 16, 10, 200, 6}));
  EXPECT_EQ(ResultOf<float>(PreluCase(kF32), {-8, -8, -8, 5, 100, 3}),
            (std::vector<float>{0, -4, 8, 5, 100, 3}));
}

// One row of the logarithms of 1, 1/2, 1/4 .., less that of their sum.
TEST(ActivationsTest, LogSoftmax) {
  const auto y = ResultOf<float>(MapCase(BuiltinOperator::LOG_SOFTMAX, kF32, 0, 0, 0, 0, 3),
                                 {0, -std::log(2.0f), -std::log(4.0f)});
  ASSERT_EQ(y.size(), 3u);
  EXPECT_NEAR(y[0], std::log(4.0 / 7), 1e-6);
  EXPECT_NEAR(y[2], std::log(1.0 / 7), 1e-6);
  std::vector<int8_t> x = {0, -10, 20, -128, 127, 100, 90, 5};
  const OperatorCase c = MapCase(BuiltinOperator::LOG_SOFTMAX, kS8, 0.05f, 3, 1.0f / 16, 127, 8);
  const auto quantized = ResultOf<int8_t>(c, x);
  double sum = 0;
  for (const int8_t v : x) sum += std::exp(0.05 * v);
  ASSERT_EQ(quantized.size(), x.size());
  for (size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(quantized[i], std::max(-128.0, (0.05 * x[i] - std::log(sum)) * 16 + 127), 1);
}

TEST(ActivationsTest, L2Normalization) {
  const auto code = BuiltinOperator::L2_NORMALIZATION;
  OperatorCase c = MapCase(code, kF32, 0, 0, 0, 0, 4);
  c.tensors[0].shape = c.tensors[1].shape = {2, 2};
  EXPECT_EQ(ResultOf<float>(c, {3, 4, 0, 0}), (std::vector<float>{0.6f, 0.8f, 0, 0}));
  c = MapCase(code, kS8, 0.5f, 10, 1.0f / 128, 0, 4);
  c.tensors[0].shape = c.tensors[1].shape = {2, 2};
  EXPECT_EQ(ResultOf<int8_t>(c, {13, 14, 10, 10}), (std::vector<int8_t>{77, 102, 0, 0}));
}

// More squares than an int32 holds: a long row of the farthest values.
TEST(ActivationsTest, L2NormalizationOfLongRowsSaturates) {
  const OperatorCase c =
      MapCase(BuiltinOperator::L2_NORMALIZATION, kS8, 1, -128, 1.0f / 128, 0, 40000);
  const auto y = ResultOf<int8_t>(c, std::vector<int8_t>(40000, 127));
  ASSERT_EQ(y.size(), 40000u);
  EXPECT_EQ(y[0], 1);  // 255 * 128 / sqrt(2^31) = 0.7
}

TEST(ActivationsTest, WhatAllOfInt8Refuse) {
  using Op = BuiltinOperator;
  for (const auto& [code, scale, zero] : {std::tuple(Op::RELU, 0.5f, 0),
                                          {Op::RELU6, 0.5f, 0},
                                          {Op::RELU_N1_TO_1, 0.5f, 0},
                                          {Op::TANH, 1.0f / 128, 0},
                                          {Op::HARD_SWISH, 0.5f, 0},
                                          {Op::ELU, 0.5f, 0},
                                          {Op::LOG_SOFTMAX, 1.0f / 16, 127},
                                          {Op::L2_NORMALIZATION, 1.0f / 128, 0}}) {
    SCOPED_TRACE(tflite::EnumNameBuiltinOperator(code));
    ExpectRefusals(
        MapCase(code, kS8, 0.5f, 0, scale, zero, 6),
        {{[](OperatorCase& c) {
            c.inputs = {0, 0};
          },
          "2 inputs, expected 1 to 1"},
         {[](OperatorCase& c) { c.output().type = kS16; }, "not supported from int8 to int16"},
         {[](OperatorCase& c) { c.tensors[0].type = TensorType::BOOL; }, "not supported from bool"},
         {[](OperatorCase& c) {
            c.output().shape = {3, 2};
          },
          "output (tensor 1 't1') has shape {3, 2}, expected {6}"},
         {[](OperatorCase& c) { c.tensors[0].scales = {}; },
          "input (tensor 0 't0') has 0 scales, expected 1"},
         {[](OperatorCase& c) { c.output().scales = {}; },
          "output (tensor 1 't1') has 0 scales, expected 1"}});
  }
}

TEST(ActivationsTest, ScalesOutOfRange) {
  using Op = BuiltinOperator;
  const auto scales = [](float input, float output) {
    return [=](OperatorCase& c) {
      c.tensors[0].scales = {input};
      c.output().scales = {output};
    };
  };
  ExpectRefusals(MapCase(Op::RELU, kS8, 1, 0, 1, 0, 6),
                 {{scales(1e38f, 1e-38f), "scales 1e+38 / 1e-38 are out of range"}});
  ExpectRefusals(MapCase(Op::RELU6, kS8, 1, 0, 1, 0, 6),
                 {{scales(1e-38f, 1), "has scale 1e-38, too small for its activation"}});
  ExpectRefusals(MapCase(Op::HARD_SWISH, kS8, 1, 0, 1, 0, 6),
                 {{scales(1, 0.001f), "scales 1 / 0.001 are out of range"}});
  ExpectRefusals(MapCase(Op::TANH, kS8, 1, 0, 1.0f / 128, 0, 6),
                 {{scales(1e-9f, 1.0f / 128), "has scale 1e-09, out of range"},
                  {scales(1, 1.0f / 64), "has scale 0.015625, zero point 0, expected 1/128, 0"}});
  ExpectRefusals(MapCase(Op::LOG_SOFTMAX, kS8, 1, 0, 1.0f / 16, 127, 6),
                 {{scales(1e-9f, 1.0f / 16), "an input scale of 1e-09 is out of range"},
                  {scales(1, 1), "expected 1/16, 127"}});
  ExpectRefusals(MapCase(Op::L2_NORMALIZATION, kS8, 1, 0, 1.0f / 128, 0, 6),
                 {{scales(1, 1), "expected 1/128, 0"}});
}

TEST(ActivationsTest, WhatInt16Refuses) {
  using Op = BuiltinOperator;
  const auto input_zero = [](OperatorCase& c) { c.tensors[0].zero_points = {1}; };
  const auto output_zero = [](OperatorCase& c) { c.output().zero_points = {1}; };
  for (const Op code : {Op::RELU, Op::RELU_N1_TO_1})
    ExpectRefusals(MapCase(code, kS16, 1, 0, 1, 0, 6),
                   {{input_zero, "input (tensor 0 't0') has zero point 1, expected 0"},
                    {output_zero, "output (tensor 1 't1') has zero point 1, expected 0"}});
  ExpectRefusals(MapCase(Op::TANH, kS16, 1, 0, 1.0f / 32768, 0, 6),
                 {{input_zero, "input (tensor 0 't0') has zero point 1, expected 0"},
                  {output_zero, "expected 1/32768, 0"},
                  {[](OperatorCase& c) { c.tensors[0].scales = {1e9f}; }, "out of range"}});
}

TEST(ActivationsTest, WhatPreluRefuses) {
  ExpectRefusals(
      PreluCase(kS16),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
       {[](OperatorCase& c) {
          c.tensors[1].type = kS16;
          c.tensors[1].data = DataOf<int16_t>({1, 2, 3});
        },
        "alpha (tensor 1 't1') is int16, expected int8"},
       {[](OperatorCase& c) {
          c.tensors[1].shape = {2};
          c.tensors[1].data = DataOf<int8_t>({1, 2});
        },
        "inputs of shapes {2, 3} and {2} do not fit each other"},
       {[](OperatorCase& c) { c.output().shape = {6}; }, "expected {2, 3}"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) {
          c.tensors[1].scales = {};
          c.tensors[1].zero_points = {};
        },
        "alpha (tensor 1 't1') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 2 't2') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {1e-38f}; }, ""},
       {[](OperatorCase& c) {
          c.tensors[0].scales = {1e38f};
          c.output().scales = {1e-38f};
        },
        "scales 1e+38 * 0.25 / 1e-38 are out of range"}});
  ExpectRefusals(PreluCase(kF32), {{[](OperatorCase& c) {
                                      c.tensors[1].type = kS8;
                                      c.tensors[1].data = DataOf<int8_t>({1, 2, 3});
                                    },
                                    "second input (tensor 1 't1') is int8, expected float32"}});
}

TEST(ActivationsTest, RowsNeedAnAxis) {
  for (const auto code : {BuiltinOperator::LOG_SOFTMAX, BuiltinOperator::L2_NORMALIZATION})
    ExpectRefusals(MapCase(code, kF32, 0, 0, 0, 0, 6), {{[](OperatorCase& c) {
                                                           c.tensors[0].shape = {};
                                                           c.output().shape = {};
                                                         },
                                                         "a scalar, expected rows"}});
  ExpectRefusals(
      MapCase(BuiltinOperator::L2_NORMALIZATION, kF32, 0, 0, 0, 0, 6),
      {{[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "options are missing"},
       {[](OperatorCase& c) {
          c.options = [](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateL2NormOptions(fbb, ActivationFunctionType::RELU).Union();
          };
        },
        "fused activation 1, expected none"}});
}

}  // namespace
}  // namespace moonlet
