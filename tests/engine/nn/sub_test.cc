// SUB, and ADD of int16: that they run, and what is refused. The rest of ADD is in
// operators_test.cc.
#include <gtest/gtest.h>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace sub_test {

using namespace moonlet::testing;

OperatorCase PairCase(BuiltinOperator code, TensorType type, std::vector<uint8_t> second) {
  const bool add = code == BuiltinOperator::ADD;
  const auto options = [add](flatbuffers::FlatBufferBuilder& fbb) {
    return add ? tflite::CreateAddOptions(fbb).Union() : tflite::CreateSubOptions(fbb).Union();
  };
  return {code,
          {{.shape = {2, 3}, .type = type, .scales = {0.5f}},
           {.shape = {3}, .type = type, .scales = {0.25f}, .data = std::move(second)},
           {.shape = {2, 3}, .type = type, .scales = {0.5f}, .zero_points = {1}}},
          {0, 1},
          add ? BuiltinOptions::AddOptions : BuiltinOptions::SubOptions,
          options};
}

TEST(SubTest, EveryTypeRuns) {
  const auto sub = BuiltinOperator::SUB;
  EXPECT_EQ(ResultOf<int8_t>(PairCase(sub, TensorType::INT8, DataOf<int8_t>({2, -4, 100})),
                             {1, 2, 3, 127, 127, -128}),
            (std::vector<int8_t>{1, 5, -46, 127, 127, -128}));
  EXPECT_EQ(ResultOf<int16_t>(PairCase(sub, TensorType::INT16, DataOf<int16_t>({2, -4, 100})),
                              {1, 2, 3, 300, 32767, -32768}),
            (std::vector<int16_t>{1, 5, -46, 300, 32767, -32768}));
  EXPECT_EQ(ResultOf<float>(PairCase(sub, TensorType::FLOAT32, DataOf<float>({2, -4, 100})),
                            {1, 2, 3, 4, 5, 6}),
            (std::vector<float>{-1, 6, -97, 2, 9, -94}));
  EXPECT_EQ(ResultOf<int16_t>(
                PairCase(BuiltinOperator::ADD, TensorType::INT16, DataOf<int16_t>({2, -4, 100})),
                {1, 2, 3, 300, 32767, -32768}),
            (std::vector<int16_t>{3, 1, 54, 302, 32766, -32717}));
}

TEST(SubTest, Refusals) {
  ExpectRefusals(
      PairCase(BuiltinOperator::SUB, TensorType::INT16, DataOf<int16_t>({2, -4, 100})),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c.tensors[1].type = TensorType::FLOAT16; },
        "second input (tensor 1 't1') is float16, expected int16"},
       {[](OperatorCase& c) {
          c.tensors[0].shape = {3, 2};
        },
        "inputs of shapes {3, 2} and {3} do not fit each other"},
       {[](OperatorCase& c) {
          c.output().shape = {3, 2};
        },
        "output (tensor 2 't2') has shape {3, 2}, expected {2, 3}"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}; },
        "first input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {}; }, "output (tensor 2 't2') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {1e-9f}; },
        "scales 0.5 and 0.25 do not go with the output's 1e-09"}});
}

}  // namespace sub_test
}  // namespace moonlet
