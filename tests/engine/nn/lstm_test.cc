#include <gtest/gtest.h>

#include "tests/engine/nn/operator_case.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace lstm_test {

using namespace moonlet::testing;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kF32 = TensorType::FLOAT32;

WriteOptions Options(bool time_major,
                     ActivationFunctionType activation = ActivationFunctionType::TANH) {
  return [=](flatbuffers::FlatBufferBuilder& b) {
    return tflite::CreateUnidirectionalSequenceLSTMOptions(b, activation, 10, 0, time_major)
        .Union();
  };
}

// Two sequences of 3 frames of 5, for 4 units. Tensors: 0 the frames, 1-4 weights, 5-8
// recurrent weights, 9-12 biases, 13 hidden state, 14 cell state, 15 the output.
OperatorCase Valid() {
  std::vector<TensorSpec> tensors = {
      {.shape = {2, 3, 5}, .type = kS8, .scales = {0.01f}, .zero_points = {3}}};
  for (int g = 0; g < 4; ++g)
    tensors.push_back({.shape = {4, 5}, .type = kS8, .scales = {0.02f}, .data = Ramp<int8_t>(20)});
  for (int g = 0; g < 4; ++g)
    tensors.push_back({.shape = {4, 4}, .type = kS8, .scales = {0.01f}, .data = Ramp<int8_t>(16)});
  for (int g = 0; g < 4; ++g)
    tensors.push_back({.shape = {4}, .type = kS32, .scales = {0.0002f}, .data = Ramp<int32_t>(4)});
  tensors.push_back({.shape = {2, 4}, .type = kS8, .scales = {0.0078125f}, .variable = true});
  tensors.push_back({.shape = {2, 4}, .type = kS16, .scales = {1.0f / 2048}, .variable = true});
  tensors.push_back({.shape = {2, 3, 4}, .type = kS8, .scales = {0.0078125f}});
  return {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM,
          tensors,
          {0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -1, -1, 9, 10, 11, 12, -1, -1, 13, 14, -1, -1, -1, -1},
          BuiltinOptions::UnidirectionalSequenceLSTMOptions,
          Options(false)};
}

OperatorCase Wide() {
  OperatorCase c = Valid();
  for (const size_t i : {0u, 13u, 15u}) c.tensors[i].type = kS16;
  for (size_t i = 9; i < 13; ++i) {
    c.tensors[i].type = TensorType::INT64;
    c.tensors[i].data = Ramp<int64_t>(4);
  }
  return c;
}

OperatorCase Float() {
  OperatorCase c = Valid();
  for (TensorSpec& t : c.tensors) {
    t.type = kF32;
    t.scales = {};
    t.zero_points = {};
    if (!t.data.empty())
      t.data = Ramp<float>(t.shape.size() == 1 ? t.shape[0] : t.shape[0] * t.shape[1]);
  }
  return c;
}

TEST(LstmTest, ChecksTypes) {
  EXPECT_EQ(RefusalOf(Wide()), "");
  EXPECT_EQ(RefusalOf(Float()), "");
  ExpectRefusals(
      Valid(),
      {{[](auto& c) { c.output().type = kF32; }, "not supported from int8 to float32"},
       {[](auto& c) { c.tensors[2].type = TensorType::UINT8; },
        "weights (tensor 2 't2') is uint8, expected int8"},
       {[](auto& c) { c.tensors[8].type = TensorType::UINT8; },
        "recurrent weights (tensor 8 't8') is uint8, expected int8"},
       {[](auto& c) {
          c.tensors[9].type = TensorType::INT64;
          c.tensors[9].data = Ramp<int64_t>(4);
        },
        "bias (tensor 9 't9') is int64, expected int32"},
       {[](auto& c) { c.tensors[13].type = kS16; },
        "hidden state (tensor 13 't13') is int16, expected int8"},
       {[](auto& c) { c.tensors[14].type = kS8; },
        "cell state (tensor 14 't14') is int8, expected int16"},
       {[](auto& c) { c.tensors[1].data = {}; }, "weights (tensor 1 't1') is computed"},
       {[](auto& c) { c.tensors[7].data = {}; }, "recurrent weights (tensor 7 't7') is computed"},
       {[](auto& c) { c.tensors[12].data = {}; }, "bias (tensor 12 't12') is computed"},
       {[](auto& c) { c.tensors[13].variable = false; }, "(tensor 13 't13') is not a variable"},
       {[](auto& c) { c.tensors[14].variable = false; }, "(tensor 14 't14') is not a variable"}});
  ExpectRefusals(Wide(), {{[](auto& c) {
                             c.tensors[9].type = kS32;
                             c.tensors[9].data = Ramp<int32_t>(4);
                           },
                           "bias (tensor 9 't9') is int32, expected int64"}});
  ExpectRefusals(Float(), {{[](auto& c) {
                              c.tensors[3].type = kS8;
                              c.tensors[3].data = Ramp<int8_t>(20);
                            },
                            "weights (tensor 3 't3') is int8, expected float32"}});
}

TEST(LstmTest, ChecksInputsAndOptions) {
  ExpectRefusals(
      Valid(),
      {{[](auto& c) { c.inputs.resize(20); }, ""},
       {[](auto& c) { c.inputs.resize(19); }, "input 20 is left out"},
       {[](auto& c) { c.inputs.push_back(-1); }, "25 inputs, expected at most 24"},
       {[](auto& c) { c.inputs[3] = -1; }, "input 4 is left out"},
       {[](auto& c) { c.inputs[12] = -1; }, "input 13 is left out"},
       {[](auto& c) { c.inputs[9] = 9; }, "input 10 is given: no peepholes"},
       {[](auto& c) { c.inputs[16] = 1; }, "input 17 is given"},
       {[](auto& c) { c.inputs[23] = 9; }, "input 24 is given"},
       {[](auto& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](auto& c) { c.options = Options(false, ActivationFunctionType::RELU); },
        "fused activation 1, expected TANH"},
       {[](auto& c) { c.options = Options(false, static_cast<ActivationFunctionType>(9)); },
        "fused activation 9 does not exist"}});
}

TEST(LstmTest, ChecksShapes) {
  ExpectRefusals(Valid(),
                 {{[](auto& c) { c.options = Options(true); },
                   "hidden state (tensor 13 't13') has shape {2, 4}, expected {3, 4}"},
                  {[](auto& c) {
                     c.options = Options(true);
                     c.tensors[13].shape = c.tensors[14].shape = {3, 4};
                   },
                   ""},
                  {[](auto& c) {
                     c.tensors[0].shape = {6, 5};
                   },
                   "has shape {6, 5}, expected rank 3"},
                  {[](auto& c) { c.tensors[1].shape = {20}; }, "has shape {20}, expected rank 2"},
                  {[](auto& c) {
                     c.tensors[1].shape = {5, 4};
                   },
                   "has shape {5, 4}, expected {5, 5}"},
                  {[](auto& c) {
                     c.tensors[4].shape = {2, 10};
                   },
                   "has shape {2, 10}, expected {4, 5}"},
                  {[](auto& c) { c.tensors[5].shape = {16}; }, "has shape {16}, expected {4, 4}"},
                  {[](auto& c) {
                     c.tensors[10].shape = {4, 1};
                   },
                   "has shape {4, 1}, expected {4}"},
                  {[](auto& c) { c.tensors[14].shape = {8}; }, "has shape {8}, expected {2, 4}"},
                  {[](auto& c) {
                     c.output().shape = {3, 2, 4};
                   },
                   "{3, 2, 4}, expected {2, 3, 4}"}});
}

TEST(LstmTest, ChecksScales) {
  ExpectRefusals(
      Valid(),
      {{[](auto& c) { c.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
       {[](auto& c) { c.tensors[1].scales.assign(4, 0.1f); }, "(tensor 1 't1') has 4 scales"},
       {[](auto& c) { c.tensors[6].scales = {}; }, "(tensor 6 't6') has 0 scales"},
       {[](auto& c) { c.tensors[13].scales = {}; }, "hidden state (tensor 13 't13') has 0 scales"},
       {[](auto& c) { c.tensors[14].scales = {}; }, "cell state (tensor 14 't14') has 0 scales"},
       {[](auto& c) { c.tensors[14].scales = {8.0f}; }, "or cell state, 8, out of range"}});
}

TEST(LstmTest, StatesStayUntilReset) {
  for (const OperatorCase& c : {Valid(), Wide(), Float()}) {
    OpenedModel m(FileOf(c));
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    std::vector<std::vector<uint8_t>> outputs;
    for (int run = 0; run < 3; ++run) {
      if (run == 2) m.session().Reset();
      const Tensor input = m.session().input(0);
      std::memset(input.data, input.dtype == DType::kFloat32 ? 0x3E : 60, input.bytes());
      ASSERT_TRUE(m.Run().ok());
      const Tensor output = m.session().output(0);
      const auto* data = static_cast<const uint8_t*>(output.data);
      outputs.emplace_back(data, data + output.bytes());
    }
    EXPECT_NE(outputs[0], outputs[1]);
    EXPECT_EQ(outputs[0], outputs[2]);
  }
}

}  // namespace lstm_test
}  // namespace moonlet
