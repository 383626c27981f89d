// Operators that turn images around or deal them out: a small result of each, and what they
// refuse, with which words.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace blocks_refusals_test {

using namespace moonlet::testing;
using Ints = std::vector<int32_t>;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;
constexpr auto kS8 = TensorType::INT8;

TensorSpec Ints32(std::vector<int32_t> shape, const Ints& values = {}) {
  TensorSpec tensor = {.shape = std::move(shape), .type = kS32};
  if (!values.empty()) tensor.data = DataOf(values);
  return tensor;
}
Ints Count(int32_t n) {
  Ints values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}
Edit<OperatorCase> Input(size_t k, const TensorSpec& tensor) {
  return [=](OperatorCase& c) { c.tensors[k] = tensor; };
}
Edit<OperatorCase> OutputShape(std::vector<int32_t> shape) {
  return [shape](OperatorCase& c) { c.output().shape = shape; };
}
void OneInput(OperatorCase& c) { c.inputs = {0}; }
void NoOptions(OperatorCase& c) { c.type = BuiltinOptions::NONE; }
void FloatOutput(OperatorCase& c) { c.output().type = TensorType::FLOAT32; }
void ComputedSecond(OperatorCase& c) { c.tensors[1].data = {}; }

TEST(Reverse, Refusals) {
  const OperatorCase valid = {BuiltinOperator::REVERSE_V2,
                              {Ints32({2, 2, 2}), Ints32({2}, {-1, 0}), Ints32({2, 2, 2})},
                              {0, 1}};
  EXPECT_EQ(ResultOf(valid, Count(8)), (Ints{5, 4, 7, 6, 1, 0, 3, 2}));
  ExpectRefusals(valid, {{OneInput, "1 inputs, expected 2"},
                         {FloatOutput, "is float32, expected int32"},
                         {OutputShape({2, 4}), "has shape {2, 4}, expected {2, 2, 2}"},
                         {ComputedSecond, "axes (tensor 1 't1') is computed"},
                         {Input(1, Ints32({}, {1})), "axes (tensor 1 't1') has shape {}"},
                         {Input(1, Ints32({1}, {3})), "axis 3 in the file, expected -3 to 2"},
                         {Input(1, Ints32({2}, {-1, 2})), "axis 3 is listed twice"},
                         {Input(1, Ints32({9}, Ints(9, 0))), "axis 1 is listed twice"}});
}

OperatorCase MirrorCase(int mode, const Ints& paddings, std::vector<int32_t> output) {
  return {BuiltinOperator::MIRROR_PAD,
          {Ints32({2, 3}), Ints32({2, 2}, paddings), Ints32(std::move(output))},
          {0, 1},
          BuiltinOptions::MirrorPadOptions,
          [mode](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateMirrorPadOptions(fbb, static_cast<tflite::MirrorPadMode>(mode))
                .Union();
          }};
}

TEST(MirrorPad, Refusals) {
  EXPECT_EQ(ResultOf(MirrorCase(0, {1, 0, 2, 1}, {3, 6}), Count(6)),
            (Ints{5, 4, 3, 4, 5, 4, 2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4}));
  EXPECT_EQ(ResultOf(MirrorCase(1, {0, 2, 1, 3}, {4, 7}), Count(6)),
            (Ints{0, 0, 1, 2, 2, 1, 0, 3, 3, 4, 5, 5, 4, 3,  //
                  3, 3, 4, 5, 5, 4, 3, 0, 0, 1, 2, 2, 1, 0}));
  const auto paddings = [](const Ints& values) { return Input(1, Ints32({2, 2}, values)); };
  ExpectRefusals(
      MirrorCase(0, {1, 0, 2, 1}, {3, 6}),
      {{OneInput, "1 inputs, expected 2"},
       {NoOptions, "its options are missing"},
       {FloatOutput, "is float32, expected int32"},
       {OutputShape({3, 5}), "has shape {3, 5}, expected {3, 6}"},
       {ComputedSecond, "paddings (tensor 1 't1') is computed"},
       {Input(1, Ints32({4}, {1, 0, 2, 1})), "has shape {4}, expected {2, 2}"},
       {Input(1, {.shape = {2, 2}, .data = DataOf<float>({1, 0, 2, 1})}),
        "expected int32 or int64"},
       {Input(1, {.shape = {2, 2}, .type = kS64, .data = DataOf<int64_t>({1, 0, 2, 1})}), ""},
       {paddings({2, 0, 2, 1}), "paddings 2, 0 of axis 1, expected 0 to 1"},
       {paddings({1, 0, 2, 3}), "paddings 2, 3 of axis 2, expected 0 to 2"},
       {paddings({1, -1, 2, 1}), "paddings 1, -1 of axis 1"},
       {[](OperatorCase& c) { c.options = MirrorCase(2, {}, {}).options; },
        "mode 2 does not exist"}});
}

OperatorCase DepthCase(bool back, int32_t block) {
  const TensorSpec wide = Ints32({1, 2, 4, 1}), deep = Ints32({1, 1, 2, 4});
  return {back ? BuiltinOperator::DEPTH_TO_SPACE : BuiltinOperator::SPACE_TO_DEPTH,
          {back ? deep : wide, back ? wide : deep},
          {0},
          back ? BuiltinOptions::DepthToSpaceOptions : BuiltinOptions::SpaceToDepthOptions,
          [=](flatbuffers::FlatBufferBuilder& fbb) {
            return back ? tflite::CreateDepthToSpaceOptions(fbb, block).Union()
                        : tflite::CreateSpaceToDepthOptions(fbb, block).Union();
          }};
}

TEST(SpaceToDepth, AndBackRefusals) {
  const Ints dealt = {0, 1, 4, 5, 2, 3, 6, 7};
  EXPECT_EQ(ResultOf(DepthCase(false, 2), Count(8)), dealt);
  EXPECT_EQ(ResultOf(DepthCase(true, 2), dealt), Count(8));
  for (const bool back : {false, true}) {
    ExpectRefusals(
        DepthCase(back, 2),
        {{NoOptions, "its options are missing"},
         {FloatOutput, "is float32, expected int32"},
         {OutputShape({1, 8}), "has shape {1, 8}, expected rank 4"},
         {[](OperatorCase& c) { c.tensors[0].shape = {8}; }, "has shape {8}, expected rank 4"},
         {OutputShape({1, 2, 1, 4}), "blocks of 2 do not turn shape"},
         {OutputShape({2, 1, 1, 4}), "blocks of 2 do not turn shape"},
         {[=](OperatorCase& c) { c.options = DepthCase(back, 4).options; }, "blocks of 4 do not"},
         {[=](OperatorCase& c) { c.options = DepthCase(back, 0).options; }, "blocks of 0 do not"},
         {[=](OperatorCase& c) { c.options = DepthCase(back, -2).options; }, "blocks of -2 do"}});
  }
}

// Images of 1 + 3 + 0 rows and 2 columns, dealt out by 2 rows and 1 column.
OperatorCase BatchCase(bool back) {
  const TensorSpec large = Ints32({1, 3, 2, 1}), small = Ints32({2, 2, 2, 1});
  return {back ? BuiltinOperator::BATCH_TO_SPACE_ND : BuiltinOperator::SPACE_TO_BATCH_ND,
          {back ? small : large, Ints32({2}, {2, 1}), Ints32({2, 2}, {1, 0, 0, 0}),
           back ? large : small},
          {0, 1, 2}};
}

TEST(SpaceToBatch, Results) {
  EXPECT_EQ(ResultOf(BatchCase(false), Count(6)), (Ints{0, 0, 2, 3, 0, 1, 4, 5}));
  EXPECT_EQ(ResultOf(BatchCase(true), Ints{8, 9, 2, 3, 0, 1, 4, 5}), Count(6));
  // A block larger than the image: most small images are border.
  OperatorCase sparse = BatchCase(false);
  sparse.tensors = {{.shape = {1, 1, 1}, .type = kS8, .scales = {1}, .zero_points = {-7}},
                    Ints32({1}, {3}),
                    Ints32({1, 2}, {1, 4}),
                    {.shape = {3, 2, 1}, .type = kS8, .scales = {1}, .zero_points = {9}}};
  EXPECT_EQ(ResultOf<int8_t>(sparse, {5}), (std::vector<int8_t>{9, 9, 5, 9, 9, 9}));
}

TEST(SpaceToBatch, AndBackRefusals) {
  for (const bool back : {false, true}) {
    SCOPED_TRACE(back);
    const auto block = [](const Ints& values) { return Input(1, Ints32({2}, values)); };
    const auto border = [](const Ints& values) { return Input(2, Ints32({2, 2}, values)); };
    ExpectRefusals(
        BatchCase(back),
        {{OneInput, "1 inputs, expected 3"},
         {FloatOutput, "is float32, expected int32"},
         {OutputShape({2, 6}), "has shape {2, 6}, expected rank 4"},
         {[](OperatorCase& c) { c.tensors[0].shape = {6}; }, "{6}, expected rank 3 or 4"},
         {ComputedSecond, "block (tensor 1 't1') is computed"},
         {Input(1, Ints32({1}, {2})), "block (tensor 1 't1') has shape {1}, expected {2}"},
         {[](OperatorCase& c) { c.tensors[2].data = {}; }, "(tensor 2 't2') is computed"},
         {Input(2, Ints32({4}, {1, 0, 0, 0})), "has shape {4}, expected {2, 2}"},
         {block({0, 1}), "do not turn shape"},
         {block({-2, 1}), "do not turn shape"},
         {block({1, 1}), "do not turn shape"},
         {block({1 << 30, 1 << 30}), "do not turn shape"},
         {border({-1, 2, 0, 0}), "do not turn shape"},
         {border({0, 0, 0, 0}), back ? "block and crops do not" : "block and paddings do not"},
         {[](OperatorCase& c) { c.tensors[0].shape[3] = 2; }, "do not turn shape"},
         {[](OperatorCase& c) { c.tensors[0].shape[0] = 4; }, "do not turn shape"},
         // All of the border on the other side.
         {border({0, 1, 0, 0}), ""},
         {Input(1, {.shape = {2}, .type = kS64, .data = DataOf<int64_t>({2, 1})}), ""}});
  }
}

}  // namespace blocks_refusals_test
}  // namespace moonlet
