// BATCH_MATMUL, SQUARED_DIFFERENCE, ADD_N, DIV of int8, GELU, POW and SVDF of float32: small
// results, and what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace arithmetic_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kF32 = TensorType::FLOAT32;

WriteOptions MatmulOptions(bool adj_x, bool adj_y) {
  return [=](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateBatchMatMulOptions(fbb, adj_x, adj_y).Union();
  };
}

// {2, 1, 3} times {3, 2}, or its transpose.
template <typename T>
OperatorCase MatmulCase(TensorType type, std::vector<float> scales, bool adj_y = false) {
  const std::vector<T> b =
      adj_y ? std::vector<T>{1, 3, 5, 2, 4, 6} : std::vector<T>{1, 2, 3, 4, 5, 6};
  return {Op::BATCH_MATMUL,
          {{.shape = {2, 1, 3}, .type = type, .scales = scales},
           {.shape = adj_y ? std::vector<int32_t>{2, 3} : std::vector<int32_t>{3, 2},
            .type = type,
            .scales = scales,
            .data = DataOf(b)},
           {.shape = {2, 1, 2}, .type = type, .scales = scales}},
          {0, 1},
          BuiltinOptions::BatchMatMulOptions,
          MatmulOptions(false, adj_y)};
}

TEST(ArithmeticTest, BatchMatmul) {
  for (const bool adj_y : {false, true}) {
    EXPECT_EQ(ResultOf<float>(MatmulCase<float>(kF32, {}, adj_y), {1, 0, -1, 1, 1, 1}),
              (std::vector<float>{-4, -4, 9, 12}));
    EXPECT_EQ(ResultOf<int8_t>(MatmulCase<int8_t>(kS8, {1}, adj_y), {1, 0, -1, 1, 1, 1}),
              (std::vector<int8_t>{-4, -4, 9, 12}));
    EXPECT_EQ(ResultOf<int16_t>(MatmulCase<int16_t>(kS16, {1}, adj_y), {1, 0, -1, 1, 1, 100}),
              (std::vector<int16_t>{-4, -4, 504, 606}));
  }
  OperatorCase c = MatmulCase<float>(kF32, {});
  c.tensors[0].shape = {3, 2};  // transposed: {2, 3}
  c.output().shape = {2, 2};
  c.options = MatmulOptions(true, false);
  EXPECT_EQ(ResultOf<float>(c, {1, 1, 0, 1, -1, 1}), (std::vector<float>{-4, -4, 9, 12}));
  c = MatmulCase<int8_t>(kS8, {1});
  c.tensors[0].zero_points = {1};
  c.tensors[1].zero_points = {2};
  c.output().zero_points = {3};
  EXPECT_EQ(ResultOf<int8_t>(c, {2, 1, 0, 2, 2, 2}), (std::vector<int8_t>{-1, -1, 6, 9}));
}

// Larger than the blocks of the float kernel in every direction, and batches that repeat.
TEST(ArithmeticTest, BatchMatmulOfManyBlocks) {
  OperatorCase c = MatmulCase<float>(kF32, {});
  c.tensors[0].shape = {3, 1, 17, 70};
  c.tensors[1].shape = {2, 70, 33};
  std::vector<float> a(3 * 17 * 70), b(2 * 70 * 33);
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 11) - 5;
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 7) - 3;
  c.tensors[1].data = DataOf(b);
  c.output().shape = {3, 2, 17, 33};
  const auto y = ResultOf(c, a);
  ASSERT_EQ(y.size(), 3u * 2 * 17 * 33);
  size_t at = 0;
  for (size_t n = 0; n < 3; ++n)
    for (size_t m = 0; m < 2; ++m)
      for (size_t i = 0; i < 17; ++i)
        for (size_t j = 0; j < 33; ++j, ++at) {
          float sum = 0;  // exact
          for (size_t k = 0; k < 70; ++k)
            sum += a[(n * 17 + i) * 70 + k] * b[(m * 70 + k) * 33 + j];
          ASSERT_EQ(y[at], sum) << at;
        }
}

TEST(ArithmeticTest, WhatBatchMatmulRefuses) {
  ExpectRefusals(
      MatmulCase<int16_t>(kS16, {1}),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c.output().type = kS8; }, "not supported from int16 to int8"},
       {[](OperatorCase& c) {
          c.tensors[1].type = kS8;
          c.tensors[1].data = DataOf<int8_t>({1, 2, 3, 4, 5, 6});
        },
        "second input (tensor 1 't1') is int8, expected int16"},
       {[](OperatorCase& c) { c.options = MatmulOptions(false, true); },
        "matrices {2, 1, 3} and {3, 2}, transposed, do not fit each other"},
       {[](OperatorCase& c) { c.tensors[0].shape = {6}; }, "a first input of rank 1"},
       {[](OperatorCase& c) { c.tensors[1].shape = {6}; }, "a second input of rank 1"},
       {[](OperatorCase& c) {
          c.output().shape = {2, 2};
        },
        "output (tensor 2 't2') has shape {2, 2}, expected {2, 1, 2}"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "first input (tensor 0 't0') has 0"},
       {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "second input (tensor 1 't1') has 0"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 2 't2') has 0"},
       {[](OperatorCase& c) { c.tensors[0].zero_points = {1}; }, "has zero point 1, expected 0"},
       {[](OperatorCase& c) { c.tensors[1].zero_points = {1}; }, "has zero point 1, expected 0"},
       {[](OperatorCase& c) { c.output().zero_points = {1}; }, "has zero point 1, expected 0"},
       {[](OperatorCase& c) {
          c.tensors[0].scales = {3e38f};
          c.output().scales = {1e-30f};
        },
        "are out of range"}});
}

OperatorCase PairCase(Op code, TensorType type, std::vector<uint8_t> second,
                      std::vector<float> scales = {}) {
  OperatorCase c = {code,
                    {{.shape = {2, 3}, .type = type, .scales = scales},
                     {.shape = {3}, .type = type, .scales = scales, .data = std::move(second)},
                     {.shape = {2, 3}, .type = type, .scales = scales}},
                    {0, 1}};
  if (code != Op::DIV) return c;
  c.type = BuiltinOptions::DivOptions;
  c.options = [](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateDivOptions(fbb).Union();
  };
  return c;
}

TEST(ArithmeticTest, SquaredDifference) {
  const auto code = Op::SQUARED_DIFFERENCE;
  EXPECT_EQ(
      ResultOf<int8_t>(PairCase(code, kS8, DataOf<int8_t>({1, 2, -3}), {1}), {1, 0, 3, -9, 12, -8}),
      (std::vector<int8_t>{0, 4, 36, 100, 100, 25}));
  EXPECT_EQ(ResultOf<int16_t>(PairCase(code, kS16, DataOf<int16_t>({2, 2, -2}), {1}),
                              {2, 0, 4, -98, 12, -100}),
            (std::vector<int16_t>{0, 4, 36, 10000, 100, 9604}));
  EXPECT_EQ(ResultOf<int32_t>(PairCase(code, kS32, DataOf<int32_t>({1, 2, -3})),
                              {1, 0, 3, -9, 12, 65533}),
            (std::vector<int32_t>{0, 4, 36, 100, 100, 0}));  // 2^32 wraps
  EXPECT_EQ(ResultOf<float>(PairCase(code, kF32, DataOf<float>({1, 2, -3})), {1, 0, 3, -9, 12, -8}),
            (std::vector<float>{0, 4, 36, 100, 100, 25}));
  ExpectRefusals(
      PairCase(code, kS16, DataOf<int16_t>({1, 2, -3}), {1}),
      {{[](OperatorCase& c) { c.tensors[0].scales = {}; }, "first input (tensor 0 't0') has 0"},
       {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "second input (tensor 1 't1') has 0"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 2 't2') has 0"},
       {[](OperatorCase& c) { c.tensors[0].zero_points = {1}; }, "zero point 1, expected 0"},
       {[](OperatorCase& c) { c.tensors[1].zero_points = {1}; }, "zero point 1, expected 0"},
       {[](OperatorCase& c) { c.output().zero_points = {1}; }, "zero point 1, expected 0"},
       {[](OperatorCase& c) {
          c.tensors[0].scales = {1e20f};
          c.output().scales = {1e-30f};
        },
        "scales 1e+20 and 1 do not go with the output's 1e-30"},
       {[](OperatorCase& c) { c.output().type = kS8; }, "not supported from int16 to int8"},
       {[](OperatorCase& c) {
          c.output().shape = {3, 2};
        },
        "expected {2, 3}"}});
  ExpectRefusals(PairCase(code, kS32, DataOf<int32_t>({1, 2, -3})),
                 {{[](OperatorCase& c) { c.tensors[0].scales = {1}; }, "has a scale"}});
}

TEST(ArithmeticTest, SubOfInt32) {
  OperatorCase c = PairCase(Op::SUB, kS32, DataOf<int32_t>({1, -2, 3}));
  c.type = BuiltinOptions::SubOptions;
  const auto activate = [&c](ActivationFunctionType activation) {
    c.options = [activation](flatbuffers::FlatBufferBuilder& fbb) {
      return tflite::CreateSubOptions(fbb, activation).Union();
    };
  };
  activate(ActivationFunctionType::NONE);
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(ResultOf<int32_t>(c, {kLeast, 5, 3, 0, 0, 100}),
            (std::vector<int32_t>{-(kLeast + 1), 7, 0, -1, 2, 97}));
  activate(ActivationFunctionType::RELU6);
  EXPECT_EQ(ResultOf<int32_t>(c, {kLeast, 5, 3, 0, 0, 100}),
            (std::vector<int32_t>{6, 6, 0, 0, 2, 6}));
  ExpectRefusals(c, {{[](OperatorCase& changed) { changed.tensors[0].scales = {1}; },
                      "first input (tensor 0 't0') has a scale, expected none"},
                     {[](OperatorCase& changed) { changed.type = BuiltinOptions::NONE; },
                      "its options are missing"}});
}

// Quotients of less than half a step, and by nothing, are 0.
TEST(ArithmeticTest, DivOfInt8) {
  OperatorCase c = PairCase(Op::DIV, kS8, DataOf<int8_t>({4, -2, 0}), {1});
  EXPECT_EQ(ResultOf<int8_t>(c, {12, 10, 7, 1, -8, -7}), (std::vector<int8_t>{3, -5, 0, 0, 4, 0}));
  c.tensors[1].data = DataOf<int8_t>({127, -128, 100});
  EXPECT_EQ(ResultOf<int8_t>(c, {0, 1, -1, 127, -128, 30}),
            (std::vector<int8_t>{0, 0, 0, 1, 1, 0}));
  c.tensors[0].zero_points = {10};
  c.tensors[1].zero_points = {-2};
  c.tensors[1].data = DataOf<int8_t>({0, 0, 0});
  c.output().zero_points = {5};
  EXPECT_EQ(ResultOf<int8_t>(c, {10, 14, 6, 110, -90, 127}),
            (std::vector<int8_t>{5, 7, 3, 55, -45, 64}));
  ExpectRefusals(
      c, {{[](OperatorCase& changed) { changed.tensors[0].scales = {}; }, "first input"},
          {[](OperatorCase& changed) { changed.tensors[1].scales = {}; }, "second input"},
          {[](OperatorCase& changed) { changed.output().scales = {}; }, "output (tensor 2 't2')"},
          {[](OperatorCase& changed) { changed.type = BuiltinOptions::NONE; }, "are missing"},
          {[](OperatorCase& changed) {
             changed.tensors[0].scales = {1e30f};
             changed.output().scales = {1e-20f};
           },
           "scales 1e+30 and 1 do not go with the output's 1e-20"}});
}

OperatorCase AddNCase(TensorType type, std::vector<float> scales, std::vector<uint8_t> second) {
  return {Op::ADD_N,
          {{.shape = {2, 2}, .type = type, .scales = scales},
           {.shape = {2, 2}, .type = type, .scales = scales, .data = std::move(second)},
           {.shape = {2, 2}, .type = type, .scales = scales}},
          {0, 1, 0}};
}

TEST(ArithmeticTest, AddN) {
  EXPECT_EQ(ResultOf<float>(AddNCase(kF32, {}, DataOf<float>({1, 2, 3, 4})), {1, 1, 1, -2}),
            (std::vector<float>{3, 4, 5, 0}));
  EXPECT_EQ(ResultOf<int8_t>(AddNCase(kS8, {0.5f}, DataOf<int8_t>({1, 2, 3, 100})), {1, 1, -1, 50}),
            (std::vector<int8_t>{3, 4, 1, 127}));
  ExpectRefusals(
      AddNCase(kS8, {0.5f}, DataOf<int8_t>({1, 2, 3, 4})),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected at least 2"},
       {[](OperatorCase& c) {
          c.inputs = {0, -1};
        },
        "input 2 is left out"},
       {[](OperatorCase& c) { c.output().type = kS16; }, "not supported from int8 to int16"},
       {[](OperatorCase& c) { c.tensors[1].type = TensorType::UINT8; },
        "input (tensor 1 't1') is uint8, expected int8"},
       {[](OperatorCase& c) { c.tensors[1].shape = {4}; },
        "input (tensor 1 't1') has shape {4}, expected {2, 2}"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 2 't2') has 0 scales"},
       {[](OperatorCase& c) { c.tensors[1].scales = {0.25f}; },
        "has scale 0.25, zero point 0, expected the first's 0.5, 0"},
       {[](OperatorCase& c) { c.tensors[1].zero_points = {1}; }, "expected the first's 0.5, 0"},
       {[](OperatorCase& c) { c.output().scales = {1e-10f}; },
        "scale 0.5 does not go with the output's 1e-10"}});
}

TEST(ArithmeticTest, L2Pool) {
  const OperatorCase c = {
      Op::L2_POOL_2D,
      {{.shape = {1, 2, 2, 1}}, {.shape = {1, 1, 1, 1}}},
      {0},
      BuiltinOptions::Pool2DOptions,
      [](flatbuffers::FlatBufferBuilder& fbb) {
        return tflite::CreatePool2DOptions(fbb, tflite::Padding::VALID, 2, 2, 2, 2).Union();
      }};
  EXPECT_EQ(ResultOf<float>(c, {3, 0, 0, -4}), (std::vector<float>{2.5f}));
  ExpectRefusals(c, {{[](OperatorCase& changed) {
                        changed.output().shape = {1, 2, 1, 1};
                      },
                      "expected {1, 1, 1, 1}"},
                     {[](OperatorCase& changed) { changed.tensors[0].type = kS8; },
                      "not supported from int8 to float32"}});
}

WriteOptions GeluOptions(bool approximate) {
  return [=](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateGeluOptions(fbb, approximate).Union();
  };
}

TEST(ArithmeticTest, Gelu) {
  OperatorCase c = {Op::GELU,
                    {{.shape = {4}}, {.shape = {4}}},
                    {0},
                    BuiltinOptions::GeluOptions,
                    GeluOptions(false)};
  auto y = ResultOf<float>(c, {-1, 0, 1, 3});
  ASSERT_EQ(y.size(), 4u);
  EXPECT_NEAR(y[0], -0.15865525, 1e-7);
  EXPECT_NEAR(y[3], 2.99595031, 1e-6);
  c.options = GeluOptions(true);
  y = ResultOf<float>(c, {-1, 0, 1, 3});
  EXPECT_NEAR(y[0], -0.15880801, 1e-7);
  EXPECT_NEAR(y[3], 2.99636261, 1e-6);
  for (TensorSpec& tensor : c.tensors) tensor.type = kS8;
  c.tensors[0].scales = {0.1f};
  c.tensors[1].scales = {0.05f};
  c.tensors[1].zero_points = {-10};
  EXPECT_EQ(ResultOf<int8_t>(c, {-10, 0, 10, 30}), (std::vector<int8_t>{-13, -10, 7, 50}));
  ExpectRefusals(c, {{[](OperatorCase& changed) { changed.type = BuiltinOptions::NONE; },
                      "its options are missing"},
                     {[](OperatorCase& changed) { changed.tensors[0].scales = {}; }, "0 scales"},
                     {[](OperatorCase& changed) { changed.output().scales = {}; }, "0 scales"},
                     {[](OperatorCase& changed) {
                        changed.output().shape = {2, 2};
                      },
                      "{4}"}});
}

TEST(ArithmeticTest, Pow) {
  EXPECT_EQ(
      ResultOf<float>(PairCase(Op::POW, kF32, DataOf<float>({2, 0.5f, -1})), {3, 9, 4, -3, 2, -8}),
      (std::vector<float>{9, 3, 0.25f, 9, std::sqrt(2.0f), -0.125f}));
  EXPECT_EQ(ResultOf<int32_t>(PairCase(Op::POW, kS32, DataOf<int32_t>({5, 0, -3})),
                              {3, 9, -1, 256, 0, 2}),
            (std::vector<int32_t>{243, 1, -1, 0, 1, 0}));  // 2^40 wraps
  ExpectRefusals(PairCase(Op::POW, kS32, DataOf<int32_t>({1, 2, 3})),
                 {{[](OperatorCase& c) { c.tensors[0].scales = {1}; }, "has a scale"},
                  {[](OperatorCase& c) { c.output().type = kF32; }, "from int32 to float32"},
                  {[](OperatorCase& c) { c.tensors[1].type = kF32; }, "expected int32"}});
}

// Two units of rank 1 over frames of 2 and a memory of 2.
OperatorCase SvdfCase(ActivationFunctionType activation) {
  return {Op::SVDF,
          {{.shape = {1, 2}},
           {.shape = {2, 2}, .data = DataOf<float>({1, 2, -1, 0})},
           {.shape = {2, 2}, .data = DataOf<float>({10, 1, 10, 1})},
           {.shape = {2}, .data = DataOf<float>({0.5f, -0.5f})},
           {.shape = {1, 4}, .variable = true},
           {.shape = {1, 2}}},
          {0, 1, 2, 3, 4},
          BuiltinOptions::SVDFOptions,
          [activation](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateSVDFOptions(fbb, 1, activation).Union();
          }};
}

TEST(ArithmeticTest, SvdfOfFloat32) {
  OpenedModel m(FileOf(SvdfCase(ActivationFunctionType::NONE)));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const auto run = [&](float a, float b) {
    m.session().input(0).as<float>()[0] = a;
    m.session().input(0).as<float>()[1] = b;
    EXPECT_TRUE(m.Run().ok());
    const auto* y = m.session().output(0).as<float>();
    return std::vector<float>{y[0], y[1]};
  };
  EXPECT_EQ(run(1, 1), (std::vector<float>{3.5f, -1.5f}));
  EXPECT_EQ(run(0, 1), (std::vector<float>{32.5f, -10.5f}));
  EXPECT_EQ(run(0, 0), (std::vector<float>{20.5f, -0.5f}));
  using F32 = std::vector<float>;
  EXPECT_EQ(ResultOf<float>(SvdfCase(ActivationFunctionType::RELU), {1, 1}), (F32{3.5f, 0}));
  EXPECT_EQ(ResultOf<float>(SvdfCase(ActivationFunctionType::SIGN_BIT), {1, 1}), (F32{0, 1}));
  EXPECT_NEAR(ResultOf<float>(SvdfCase(ActivationFunctionType::TANH), {1, 1})[1], std::tanh(-1.5f),
              1e-6);
  OperatorCase c = SvdfCase(ActivationFunctionType::NONE);
  c.inputs[3] = -1;
  EXPECT_EQ(ResultOf<float>(c, {1, 1}), (F32{3, -1}));
  ExpectRefusals(
      c, {{[](OperatorCase& changed) { changed.inputs[1] = -1; }, "input 2 is left out"},
          {[](OperatorCase& changed) { changed.inputs.pop_back(); }, "4 inputs, expected 5"},
          {[](OperatorCase& changed) { changed.type = BuiltinOptions::NONE; }, "are missing"},
          {[](OperatorCase& changed) { changed.tensors[2].shape = {4}; }, "expected rank 2"},
          {[](OperatorCase& changed) { changed.tensors[4].shape = {4}; }, "expected {1, 4}"},
          {[](OperatorCase& changed) { changed.tensors[1].data = {}; }, "is computed"}});
}

}  // namespace arithmetic_test
}  // namespace moonlet
