// LEAKY_RELU: what its Prepare refuses.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace leaky_relu_test {

using namespace moonlet::testing;

OperatorCase LeakyReluCase(TensorType type, float alpha) {
  return {BuiltinOperator::LEAKY_RELU,
          {{.shape = {2, 3}, .type = type, .scales = {0.5f}},
           {.shape = {2, 3}, .type = type, .scales = {0.25f}}},
          {0},
          BuiltinOptions::LeakyReluOptions,
          [alpha](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateLeakyReluOptions(fbb, alpha).Union();
          }};
}

TEST(LeakyRelu, Runs) {
  EXPECT_EQ(ResultOf<int8_t>(LeakyReluCase(TensorType::INT8, 0.5f), {-8, -1, 0, 1, 63, 100}),
            (std::vector<int8_t>{-8, -1, 0, 2, 126, 127}));
  EXPECT_EQ(ResultOf<int16_t>(LeakyReluCase(TensorType::INT16, 0.5f), {-800, -1, 0, 1, 63, 100}),
            (std::vector<int16_t>{-800, -1, 0, 2, 126, 200}));
  EXPECT_EQ(ResultOf<float>(LeakyReluCase(TensorType::FLOAT32, 0.5f), {-8, -1, 0, 1, 2, 3}),
            (std::vector<float>{-4, -0.5f, 0, 1, 2, 3}));
}

TEST(LeakyRelu, Refusals) {
  ExpectRefusals(LeakyReluCase(TensorType::INT16, 0.1f),
                 {{[](OperatorCase& c) {
                     c.inputs = {0, 0};
                   },
                   "2 inputs, expected 1 to 1"},
                  {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "options are missing"},
                  {[](OperatorCase& c) { c.output().type = TensorType::INT8; },
                   "not supported from int16 to int8"},
                  {[](OperatorCase& c) {
                     c.output().shape = {3, 2};
                   },
                   "output (tensor 1 't1') has shape {3, 2}, expected {2, 3}"},
                  {[](OperatorCase& c) { c.tensors[0].scales = {}; },
                   "input (tensor 0 't0') has 0 scales, expected 1"},
                  {[](OperatorCase& c) { c.output().scales = {}; },
                   "output (tensor 1 't1') has 0 scales, expected 1"},
                  {[](OperatorCase& c) { c = LeakyReluCase(TensorType::INT16, NAN); },
                   "alpha nan with scales 0.5 / 0.25 is out of range"}});
}

}  // namespace leaky_relu_test
}  // namespace moonlet
