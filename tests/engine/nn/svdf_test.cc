#include <gtest/gtest.h>

#include "tests/engine/nn/operator_case.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace svdf_test {

using namespace moonlet::testing;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;

WriteOptions Rank(int32_t rank) {
  return [rank](flatbuffers::FlatBufferBuilder& b) {
    return tflite::CreateSVDFOptions(b, rank).Union();
  };
}

// Two frames of 5, three units of two filters, each with a memory of 4.
OperatorCase Valid() {
  return {BuiltinOperator::SVDF,
          {{.shape = {2, 5}, .type = kS8, .scales = {0.5f}, .zero_points = {3}},
           {.shape = {6, 5}, .type = kS8, .scales = {0.25f}, .data = Ramp<int8_t>(30)},
           {.shape = {6, 4}, .type = kS16, .scales = {0.125f}, .data = Ramp<int16_t>(24)},
           {.shape = {3}, .type = kS32, .scales = {0.0625f}, .data = Ramp<int32_t>(3)},
           {.shape = {2, 24}, .type = kS16, .scales = {0.5f}, .variable = true},
           {.shape = {2, 3}, .type = kS8, .scales = {0.7f}}},
          {0, 1, 2, 3, 4},
          BuiltinOptions::SVDFOptions,
          Rank(2)};
}

TEST(SvdfTest, ChecksTypes) {
  ExpectRefusals(
      Valid(),
      {{[](auto& c) {
          c.tensors[2].type = c.tensors[4].type = kS8;
          c.tensors[2].data = Ramp<int8_t>(24);
        },
        ""},
       {[](auto& c) { c.tensors[0].type = kS16; }, "not supported from int16 to int8"},
       {[](auto& c) { c.tensors[1].type = TensorType::UINT8; },
        "feature weights (tensor 1 't1') is uint8, expected int8"},
       {[](auto& c) {
          c.tensors[2].type = kS32;
          c.tensors[2].data = Ramp<int32_t>(24);
        },
        "time weights (tensor 2 't2') is int32, expected int8 or int16"},
       {[](auto& c) { c.tensors[3].type = TensorType::FLOAT32; },
        "bias (tensor 3 't3') is float32, expected int32"},
       {[](auto& c) { c.tensors[4].type = kS8; }, "state (tensor 4 't4') is int8, expected int16"},
       {[](auto& c) { c.tensors[1].data = {}; },
        "feature weights (tensor 1 't1') is computed, expected a constant"},
       {[](auto& c) { c.tensors[2].data = {}; }, "time weights (tensor 2 't2') is computed"},
       {[](auto& c) { c.tensors[3].data = {}; }, "bias (tensor 3 't3') is computed"},
       {[](auto& c) { c.tensors[4].variable = false; }, "state (tensor 4 't4') is not a variable"},
       {[](auto& c) { c.tensors[4].data = Ramp<int16_t>(48); },
        "tensor 4 't4': a variable with constant data"}});
}

TEST(SvdfTest, ChecksShapes) {
  ExpectRefusals(
      Valid(),
      {{[](auto& c) {
          c.options = Rank(6), c.tensors[3].shape = {1}, c.tensors[3].data = Ramp<int32_t>(1),
          c.output().shape = {2, 1};
        },
        ""},
       {[](auto& c) { c.options = Rank(0); }, "rank 0 with 6 filters"},
       {[](auto& c) { c.options = Rank(-2); }, "rank -2 with 6 filters"},
       {[](auto& c) { c.options = Rank(4); }, "rank 4 with 6 filters"},
       {[](auto& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](auto& c) {
          c.inputs = {0, 1, 2, 3};
        },
        "4 inputs, expected 5 to 5"},
       {[](auto& c) {
          c.inputs = {0, 1, 2, -1, 4};
        },
        "input 4 is left out"},
       {[](auto& c) { c.tensors[0].shape = {10}; }, "input (tensor 0 't0') has shape {10}"},
       {[](auto& c) {
          c.tensors[0].shape = {1, 10};
        },
        "has shape {6, 5}, expected {6, 10}"},
       {[](auto& c) { c.tensors[1].shape = {30}; }, "expected rank 2"},
       {[](auto& c) { c.tensors[2].shape = {24}; }, "expected rank 2"},
       {[](auto& c) {
          c.tensors[2].shape = {3, 8};
        },
        "time weights (tensor 2 't2') has shape {3, 8}, expected {6, 8}"},
       {[](auto& c) { c.tensors[3].shape = {4}, c.tensors[3].data = Ramp<int32_t>(4); },
        "bias (tensor 3 't3') has shape {4}, expected {3}"},
       {[](auto& c) {
          c.tensors[4].shape = {2, 23};
        },
        "state (tensor 4 't4') has shape {2, 23}, expected {2, 24}"},
       {[](auto& c) {
          c.output().shape = {3, 2};
        },
        "has shape {3, 2}, expected {2, 3}"}});
}

TEST(SvdfTest, ChecksScales) {
  ExpectRefusals(
      Valid(),
      {{[](auto& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](auto& c) { c.tensors[1].scales.assign(6, 0.25f); },
        "feature weights (tensor 1 't1') has 6 scales, expected 1"},
       {[](auto& c) { c.tensors[2].scales = {}; }, "time weights (tensor 2 't2') has 0 scales"},
       {[](auto& c) { c.tensors[4].scales = {}; }, "state (tensor 4 't4') has 0 scales"},
       {[](auto& c) { c.output().scales = {}; }, "output (tensor 5 't5') has 0 scales"},
       {[](auto& c) { c.tensors[3].scales = {0.0626f}; },
        "bias (tensor 3 't3') has scale 0.0626, expected 0.0625"},
       {[](auto& c) { c.tensors[3].scales = {0.062505f}; }, ""},
       {[](auto& c) { c.tensors[0].scales = {1e30f}, c.tensors[1].scales = {1e30f}; },
        "are out of range"}});
}

TEST(SvdfTest, RemembersFramesUntilReset) {
  OpenedModel m(FileOf(Valid()));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  std::vector<std::vector<int8_t>> outputs;
  for (int run = 0; run < 4; ++run) {
    if (run == 3) m.session().Reset();
    const int8_t input[] = {9, -8, 7, 100, 5, 4, -90, 2, 1, 0};
    std::memcpy(m.session().input(0).data, input, sizeof(input));
    ASSERT_TRUE(m.Run().ok());
    const auto* output = m.session().output(0).as<int8_t>();
    outputs.emplace_back(output, output + 6);
  }
  EXPECT_NE(outputs[0], outputs[1]);
  EXPECT_NE(outputs[1], outputs[2]);
  EXPECT_EQ(outputs[0], outputs[3]);
}

}  // namespace svdf_test
}  // namespace moonlet
