// CONV_2D of int16 and TRANSPOSE_CONV: the types of their biases, and what is refused. The
// rest of CONV_2D is in operators_test.cc.
#include <gtest/gtest.h>

#include "tests/engine/nn/operator_result.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace wide_conv_test {

using namespace moonlet::testing;
using tflite::Padding;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;

OperatorCase ConvS16Case() {
  return {BuiltinOperator::CONV_2D,
          {{.shape = {2, 5, 6, 4}, .type = kS16, .scales = {0.5f}},
           {.shape = {8, 3, 2, 4}, .type = kS8, .scales = {0.1f}, .data = Ramp<int8_t>(192)},
           {.shape = {8}, .type = kS64, .data = Ramp<int64_t>(8)},
           {.shape = {2, 3, 5, 8}, .type = kS16, .scales = {0.7f}}},
          {0, 1, 2},
          BuiltinOptions::Conv2DOptions,
          [](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateConv2DOptions(fbb, Padding::VALID, 1, 1).Union();
          }};
}

void SetBias(TensorSpec& bias, TensorType type, std::vector<uint8_t> data) {
  bias.type = type;
  bias.data = std::move(data);
}

TEST(ConvS16Test, TakesBothBiasesAndRefusesTheRest) {
  ExpectRefusals(
      ConvS16Case(),
      {{[](OperatorCase& c) { SetBias(c.tensors[2], kS32, Ramp<int32_t>(8)); }, ""},
       {[](OperatorCase& c) {
          c.inputs = {0, 1};
        },
        ""},
       {[](OperatorCase& c) { c.tensors[1].scales.assign(8, 0.1f); }, ""},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { SetBias(c.tensors[2], kS16, Ramp<int16_t>(8)); },
        "bias (tensor 2 't2') is int16, expected int64"},
       {[](OperatorCase& c) {
          c.tensors[1].type = kS16;
          c.tensors[1].data = Ramp<int16_t>(192);
        },
        "filter (tensor 1 't1') is int16, expected int8"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 3 't3') has 0 scales"},
       {[](OperatorCase& c) { c.output().type = kS8; }, "not supported from int16 to int8"}});
}

// {1, 2, 3, 2} by a 3 x 2 filter with strides 2 and 1 to {1, 5, 4, 3}.
OperatorCase TransposeConvCase(TensorType type, TensorType bias_type, std::vector<uint8_t> bias,
                               int stride = 2) {
  return {BuiltinOperator::TRANSPOSE_CONV,
          {{.shape = {4}, .type = kS32, .data = DataOf<int32_t>({1, 5, 4, 3})},
           {.shape = {3, 3, 2, 2}, .type = kS8, .scales = {0.5f}, .data = Ramp<int8_t>(36)},
           {.shape = {1, 2, 3, 2}, .type = type, .scales = {1.0f}},
           {.shape = {3}, .type = bias_type, .data = std::move(bias)},
           {.shape = {1, 5, 4, 3}, .type = type, .scales = {0.5f}}},
          {0, 1, 2, 3},
          BuiltinOptions::TransposeConvOptions,
          [stride](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateTransposeConvOptions(fbb, Padding::VALID, 1, stride).Union();
          }};
}

TEST(TransposeConvTest, EveryTypeRuns) {
  // One input, 1 in the first channel, spreads the filter: output {ky, kx, c} of the first
  // pixel is weight {c, ky, kx, 0} and the bias.
  const auto s8 = ResultOf<int8_t>(TransposeConvCase(kS8, kS32, DataOf<int32_t>({10, 20, 30})),
                                   {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto s16 = ResultOf<int16_t>(TransposeConvCase(kS16, kS64, DataOf<int64_t>({10, 20, 30})),
                                     {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto narrow =
      ResultOf<int16_t>(TransposeConvCase(kS16, kS16, DataOf<int16_t>({10, 20, 30})),
                        {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_EQ(s8.size(), 60u);
  EXPECT_EQ(s8, std::vector<int8_t>(s16.begin(), s16.end()));
  EXPECT_EQ(s16, narrow);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 4; ++x)
      for (int c = 0; c < 3; ++c) {
        const int weight = y < 3 && x < 2 ? ((c * 3 + y) * 2 + x) * 2 % 7 - 3 : 0;
        EXPECT_EQ(s16[static_cast<size_t>((y * 4 + x) * 3 + c)], weight + 10 * (c + 1));
      }
}

TEST(TransposeConvTest, FloatRunsAndRefusesOtherTypes) {
  OperatorCase c =
      TransposeConvCase(TensorType::FLOAT32, TensorType::FLOAT32, DataOf<float>({0.5f, 0, 0}));
  c.tensors[1].type = TensorType::FLOAT32;
  c.tensors[1].data = Ramp<float>(36);
  const auto output = ResultOf<float>(c, {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_EQ(output.size(), 60u);
  EXPECT_EQ(output[0], -2.5f);  // weight 0 and the bias
  EXPECT_EQ(output[3], -0.5f);  // weight 2
  ExpectRefusals(c, {{[](OperatorCase& changed) {
                        changed.tensors[1].type = kS8;
                        changed.tensors[1].data = Ramp<int8_t>(36);
                      },
                      "filter (tensor 1 't1') is int8, expected float32"},
                     {[](OperatorCase& changed) { changed.tensors[3].type = kS32; },
                      "bias (tensor 3 't3') is int32, expected float32"}});
}

TEST(TransposeConvTest, Refusals) {
  ExpectRefusals(
      TransposeConvCase(kS16, kS64, Ramp<int64_t>(3)),
      {{[](OperatorCase& c) {
          c.inputs = {0, 1, 2};
        },
        ""},
       {[](OperatorCase& c) {
          c.inputs = {0, 1};
        },
        "2 inputs, expected 3 to 4"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c = TransposeConvCase(kS16, kS32, Ramp<int32_t>(3)); },
        "bias (tensor 3 't3') is int32, expected int64"},
       {[](OperatorCase& c) { c = TransposeConvCase(kS16, kS64, Ramp<int64_t>(3), 0); },
        "a 3 x 2 filter, strides 0, 1, to output {1, 5, 4, 3}"},
       {[](OperatorCase& c) { c = TransposeConvCase(kS16, kS64, Ramp<int64_t>(3), 1); },
        "input (tensor 2 't2') has shape {1, 2, 3, 2}, expected {1, 3, 3, 2}"},
       {[](OperatorCase& c) { c.output().type = kS8; },
        "input (tensor 2 't2') is int16, expected int8"},
       {[](OperatorCase& c) {
          c.tensors[2].shape = {2, 3, 2};
        },
        "expected rank 4"},
       {[](OperatorCase& c) { c.tensors[1].shape = {36}; }, "expected rank 4"},
       {[](OperatorCase& c) { c.tensors[1].data = {}; }, "filter (tensor 1 't1') is computed"},
       {[](OperatorCase& c) {
          c.tensors[1].shape = {4, 3, 2, 2};
          c.tensors[1].data = Ramp<int8_t>(48);
        },
        "output (tensor 4 't4') has shape {1, 5, 4, 3}, expected {1, 5, 4, 4}"},
       {[](OperatorCase& c) { c.output().shape = {60}; }, "expected rank 4"},
       {[](OperatorCase& c) {
          c.tensors[3].shape = {2};
          c.tensors[3].data = Ramp<int64_t>(2);
        },
        "bias (tensor 3 't3') has 2 values, expected 3"},
       {[](OperatorCase& c) { c.tensors[2].scales = {}; }, "input (tensor 2 't2') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 4 't4') has 0 scales"},
       {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "has 0 scales, expected 1 or 3"}});
}

}  // namespace wide_conv_test
}  // namespace moonlet
