// Filters of fewer bits than their activations: int8 with int16 and with float32, int4 with
// int8; and pooling of int16.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/nn/operator_result.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace narrow_filters_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;
using tflite::Padding;

constexpr auto kS4 = TensorType::INT4;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;
constexpr auto kF32 = TensorType::FLOAT32;

WriteOptions FullyConnectedOptions(bool asymmetric = false, TensorType sums = kF32) {
  return [=](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateFullyConnectedOptions(fbb, ActivationFunctionType::NONE,
                                               tflite::FullyConnectedOptionsWeightsFormat::DEFAULT,
                                               false, asymmetric, sums)
        .Union();
  };
}

// A matrix {2, 3}, 1 2 3 and -1 0 1.
OperatorCase FullyConnectedCase(TensorType type, TensorType bias, std::vector<uint8_t> values) {
  return {Op::FULLY_CONNECTED,
          {{.shape = {1, 3}, .type = type, .scales = {0.5f}},
           {.shape = {2, 3},
            .type = kS8,
            .scales = {1.0f},
            .data = DataOf<int8_t>({1, 2, 3, -1, 0, 1})},
           {.shape = {2}, .type = bias, .scales = {0.5f}, .data = std::move(values)},
           {.shape = {1, 2}, .type = type, .scales = {0.5f}}},
          {0, 1, 2},
          BuiltinOptions::FullyConnectedOptions,
          FullyConnectedOptions()};
}

OperatorCase HybridCase() {
  OperatorCase c = FullyConnectedCase(kF32, kF32, DataOf<float>({0.5f, -1}));
  c.tensors[0].scales = c.tensors[2].scales = c.tensors[3].scales = {};
  return c;
}

TEST(NarrowFiltersTest, FullyConnectedOfInt16) {
  using S16 = std::vector<int16_t>;
  const S16 x = {100, -200, 300};
  const OperatorCase wide = FullyConnectedCase(kS16, kS64, DataOf<int64_t>({7, -5}));
  EXPECT_EQ(ResultOf(wide, x), (S16{607, 195}));
  EXPECT_EQ(ResultOf(FullyConnectedCase(kS16, kS32, DataOf<int32_t>({7, -5})), x), (S16{607, 195}));
  OperatorCase c = wide;  // zero points count
  c.tensors[0].zero_points = {10};
  c.tensors[1].zero_points = {1};
  c.output().zero_points = {-3};
  EXPECT_EQ(ResultOf(c, x), (S16{0 * 90 + 1 * -210 + 2 * 290 + 7 - 3, -2 * 90 + 210 - 5 - 3}));
  c = wide;  // a scale per output
  c.tensors[1].scales = {1.0f, 0.5f};
  c.inputs = {0, 1};
  EXPECT_EQ(ResultOf(c, x), (S16{600, 100}));
  c.options = FullyConnectedOptions(false, kS32);
  EXPECT_EQ(ResultOf(c, x), (S16{600, 100}));
}

TEST(NarrowFiltersTest, WhatFullyConnectedOfInt16Refuses) {
  ExpectRefusals(
      FullyConnectedCase(kS16, kS64, DataOf<int64_t>({7, -5})),
      {{[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c.output().type = kS8; }, "not supported from int16 to int8"},
       {[](OperatorCase& c) {
          c.tensors[1].type = kS16;
          c.tensors[1].data = Ramp<int16_t>(6);
        },
        "filter (tensor 1 't1') is int16, expected int8"},
       {[](OperatorCase& c) {
          c.tensors[1].type = kS4;
          c.tensors[1].data = Ramp<int8_t>(3);
        },
        "filter (tensor 1 't1') is int4, expected int8"},
       {[](OperatorCase& c) {
          c.tensors[2].type = kS16;
          c.tensors[2].data = Ramp<int16_t>(2);
        },
        "bias (tensor 2 't2') is int16, expected int64"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "filter (tensor 1 't1') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 3 't3') has 0 scales"},
       {[](OperatorCase& c) { c.tensors[2].scales = {0.6f}; }, "has scale 0.6, expected 0.5"}});
}

// {1, 2, 2, 2} by a filter {1, 1, 2, 4}: two filters for each channel.
OperatorCase DepthwiseCase(TensorType type, TensorType bias, std::vector<uint8_t> values) {
  return {Op::DEPTHWISE_CONV_2D,
          {{.shape = {1, 2, 2, 2}, .type = type, .scales = {0.5f}},
           {.shape = {1, 1, 2, 4},
            .type = kS8,
            .scales = {1.0f},
            .data = DataOf<int8_t>({1, 2, 3, 4, -1, -2, -3, -4})},
           {.shape = {4}, .type = bias, .data = std::move(values)},
           {.shape = {1, 2, 1, 4}, .type = type, .scales = {0.5f}}},
          {0, 1, 2},
          BuiltinOptions::DepthwiseConv2DOptions,
          [](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateDepthwiseConv2DOptions(fbb, Padding::VALID, 1, 1, 2).Union();
          }};
}

TEST(NarrowFiltersTest, DepthwiseOfInt16) {
  using S16 = std::vector<int16_t>;
  OperatorCase c = DepthwiseCase(kS16, kS64, DataOf<int64_t>({1, 0, 0, -1}));
  EXPECT_EQ(ResultOf(c, S16{10, 20, 1, 2, 1000, -3000, 0, 100}),
            (S16{10, 18, 54, 71, 1001, 2000, -9300, -12401}));
  c.tensors[0].zero_points = c.output().zero_points = {5};  // not read, as in the reference
  EXPECT_EQ(ResultOf(c, S16{10, 20, 1, 2, 0, 0, 0, 0}), (S16{10, 18, 54, 71, 1, 0, 0, -1}));
  ExpectRefusals(
      c, {{[](OperatorCase& changed) {
             changed.inputs = {0, 1};
           },
           ""},
          {[](OperatorCase& changed) {
             changed.tensors[2].type = kS32;
             changed.tensors[2].data = Ramp<int32_t>(4);
           },
           "bias (tensor 2 't2') is int32, expected int64"},
          {[](OperatorCase& changed) { changed.tensors[0].scales = {}; }, "input (tensor 0 't0')"},
          {[](OperatorCase& changed) { changed.output().scales = {}; }, "has 0 scales"},
          {[](OperatorCase& changed) { changed.type = BuiltinOptions::NONE; }, "are missing"}});
}

TEST(NarrowFiltersTest, PoolingOfInt16) {
  using S16 = std::vector<int16_t>;
  OperatorCase c = {Op::AVERAGE_POOL_2D,
                    {{.shape = {1, 2, 2, 2}, .type = kS16, .scales = {0.5f}},
                     {.shape = {1, 1, 1, 2}, .type = kS16, .scales = {0.5f}}},
                    {0},
                    BuiltinOptions::Pool2DOptions,
                    [](flatbuffers::FlatBufferBuilder& fbb) {
                      return tflite::CreatePool2DOptions(fbb, Padding::VALID, 2, 2, 2, 2,
                                                         ActivationFunctionType::RELU6)
                          .Union();
                    }};
  const S16 x = {1, -32768, 2, -5, 3, 0, 4, 30000};
  EXPECT_EQ(ResultOf(c, x), (S16{3, 0}));
  c.code = Op::MAX_POOL_2D;
  EXPECT_EQ(ResultOf(c, x), (S16{4, 12}));
  ExpectRefusals(c, {{[](OperatorCase& changed) { changed.output().scales = {0.25f}; },
                      "expected the input's 0.5, 0"},
                     {[](OperatorCase& changed) { changed.tensors[0].scales = {}; }, "0 scales"},
                     {[](OperatorCase& changed) { changed.output().type = kS8; }, "to int8"}});
}

// Steps of 1/127 of the largest value, or of 1/255 of the range.
TEST(NarrowFiltersTest, FullyConnectedOfFloat32) {
  OperatorCase c = HybridCase();
  auto y = ResultOf<float>(c, {127, -50.4f, 10});
  ASSERT_EQ(y.size(), 2u);
  EXPECT_FLOAT_EQ(y[0], 127 - 2 * 50 + 3 * 10 + 0.5f);
  EXPECT_FLOAT_EQ(y[1], -127 + 10 - 1);
  c.options = FullyConnectedOptions(true);
  y = ResultOf<float>(c, {255, 100.4f, 10});
  EXPECT_FLOAT_EQ(y[0], 255 + 2 * 100 + 3 * 10 + 0.5f);
  EXPECT_FLOAT_EQ(y[1], -255 + 10 - 1);
  c.tensors[1].scales = {1.0f, 0.5f};
  c.inputs = {0, 1};
  y = ResultOf<float>(c, {-255, -100.4f, -10});
  EXPECT_FLOAT_EQ(y[0], -255 - 2 * 100 - 3 * 10);
  EXPECT_FLOAT_EQ(y[1], 0.5f * (255 - 10));
  y = ResultOf<float>(c, {0, NAN, 0});
  EXPECT_EQ(y, (std::vector<float>{0, 0}));
  EXPECT_TRUE(std::isnan(ResultOf<float>(c, {INFINITY, 1, 2})[0]));
}

TEST(NarrowFiltersTest, WhatHybridOperatorsRefuse) {
  ExpectRefusals(HybridCase(), {{[](OperatorCase& c) { c.tensors[1].scales = {}; },
                                 "filter (tensor 1 't1') has 0 scales, expected 1 or 2"},
                                {[](OperatorCase& c) { c.tensors[1].zero_points = {1}; },
                                 "filter (tensor 1 't1') has zero point 1, expected 0"},
                                {[](OperatorCase& c) {
                                   c.tensors[1].scales = {1, 2, 3};
                                   c.tensors[1].axis = 1;
                                 },
                                 "has 3 scales, expected 1 or 2"},
                                {[](OperatorCase& c) { c.tensors[1].data = {}; },
                                 "filter (tensor 1 't1') is computed"},
                                {[](OperatorCase& c) {
                                   c.tensors[2].type = kS32;
                                   c.tensors[2].data = Ramp<int32_t>(2);
                                 },
                                 "bias (tensor 2 't2') is int32, expected float32"},
                                {[](OperatorCase& c) {
                                   c.tensors[1].type = kS4;
                                   c.tensors[1].data = Ramp<int8_t>(3);
                                 },
                                 "filter (tensor 1 't1') is int4, expected float32"}});
}

// Two images, each with a scale of its own; the second reaches to 2.
TEST(NarrowFiltersTest, ConvolutionsOfFloat32) {
  OperatorCase c = {Op::CONV_2D,
                    {{.shape = {2, 1, 1, 2}, .type = kF32},
                     {.shape = {2, 1, 1, 2},
                      .type = kS8,
                      .scales = {0.5f, 0.5f},
                      .data = DataOf<int8_t>({1, 2, 3, 4})},
                     {.shape = {2, 1, 1, 2}, .type = kF32}},
                    {0, 1},
                    BuiltinOptions::Conv2DOptions,
                    [](flatbuffers::FlatBufferBuilder& fbb) {
                      return tflite::CreateConv2DOptions(fbb, Padding::VALID, 1, 1).Union();
                    }};
  const std::vector<float> x = {127, 2.4f, 2, 1};
  auto y = ResultOf<float>(c, x);
  ASSERT_EQ(y.size(), 4u);
  EXPECT_FLOAT_EQ(y[0], 0.5f * (127 + 2 * 2));
  EXPECT_FLOAT_EQ(y[1], 0.5f * (3 * 127 + 4 * 2));
  EXPECT_NEAR(y[2], 2, 0.02);
  c.tensors[1].scales = {0.5f, 1};  // then 127 is 255 steps
  y = ResultOf<float>(c, x);
  EXPECT_NEAR(y[0], 0.5f * (127 + 2 * 2.4f), 0.3);
  EXPECT_NEAR(y[1], 3 * 127 + 4 * 2.4f, 1.2);
  EXPECT_NEAR(y[3], 3 * 2 + 4, 0.03);
  ExpectRefusals(c, {{[](OperatorCase& changed) { changed.tensors[1].axis = 3; },
                      "quantised along axis 4, expected 1"}});

  OperatorCase d = DepthwiseCase(kF32, kF32, DataOf<float>({0, 0, 0, 1}));
  d.tensors[0].scales = d.output().scales = {};
  y = ResultOf<float>(d, {255, 0, 100.3f, 2, 0, 0, 0, 255});
  EXPECT_FLOAT_EQ(y[0], 255 - 100);
  EXPECT_FLOAT_EQ(y[1], 2 * 255 - 2 * 100);
  EXPECT_FLOAT_EQ(y[7], -4 * 255 + 1);
}

// The same weights in half the bytes; an odd count leaves a half over.
TEST(NarrowFiltersTest, FiltersOfInt4) {
  OperatorCase c = FullyConnectedCase(kS8, kS32, DataOf<int32_t>({7, -5}));
  const auto whole = ResultOf<int8_t>(c, {10, -20, 30});
  c.tensors[1].type = kS4;
  c.tensors[1].data = {0x21, 0xF3, 0x10};
  EXPECT_EQ(ResultOf<int8_t>(c, {10, -20, 30}), whole);
  ExpectRefusals(c, {{[](OperatorCase& changed) {
                        changed.tensors[1].scales = {1, 1};
                      },
                      "filter (tensor 1 't1') has 2 scales, expected 1"}});

  OperatorCase d = DepthwiseCase(kS8, kS32, DataOf<int32_t>({1, 0, 0, -1}));
  const auto depthwise = ResultOf<int8_t>(d, {10, 20, 1, 2, 30, -30, 0, 9});
  d.tensors[1].type = kS4;
  d.tensors[1].data = {0x21, 0x43, 0xEF, 0xCD};
  EXPECT_EQ(ResultOf<int8_t>(d, {10, 20, 1, 2, 30, -30, 0, 9}), depthwise);

  OperatorCase v = {Op::CONV_2D,
                    {{.shape = {1, 1, 1, 3}, .type = kS8, .scales = {0.5f}},
                     {.shape = {1, 1, 1, 3}, .type = kS4, .scales = {1}, .data = {0x78, 0x0F}},
                     {.shape = {1, 1, 1, 1}, .type = kS8, .scales = {0.5f}}},
                    {0, 1},
                    BuiltinOptions::Conv2DOptions,
                    [](flatbuffers::FlatBufferBuilder& fbb) {
                      return tflite::CreateConv2DOptions(fbb, Padding::VALID, 1, 1).Union();
                    }};
  EXPECT_EQ(ResultOf<int8_t>(v, {3, 5, 1}), (std::vector<int8_t>{-24 + 35 - 1}));
}

}  // namespace narrow_filters_test
}  // namespace moonlet
