// Operators that move elements or tell of shapes: a small result of each, and what they
// refuse, with which words.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace shapes_refusals_test {

using namespace moonlet::testing;
using Ints = std::vector<int32_t>;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;
constexpr auto kF32 = TensorType::FLOAT32;

TensorSpec Ints32(std::vector<int32_t> shape) { return {.shape = std::move(shape), .type = kS32}; }
TensorSpec Vector32(const Ints& values) {
  return {.shape = {static_cast<int32_t>(values.size())}, .type = kS32, .data = DataOf(values)};
}
TensorSpec Vector64(const std::vector<int64_t>& values) {
  return {.shape = {static_cast<int32_t>(values.size())}, .type = kS64, .data = DataOf(values)};
}
TensorSpec Scalar32(int32_t value) {
  return {.shape = {}, .type = kS32, .data = DataOf<int32_t>({value})};
}
Ints Count(int32_t n) {
  Ints values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

// Changes that many cases share.
Edit<OperatorCase> OutputShape(std::vector<int32_t> shape) {
  return [shape](OperatorCase& c) { c.output().shape = shape; };
}
Edit<OperatorCase> SecondInput(const TensorSpec& tensor) {
  return [tensor](OperatorCase& c) { c.tensors[1] = tensor; };
}
void OneInput(OperatorCase& c) { c.inputs.resize(1); }
void FloatOutput(OperatorCase& c) { c.output().type = kF32; }
void ComputedSecond(OperatorCase& c) { c.tensors[1].data = {}; }

// One input, a vector of constants, one output.
OperatorCase Steered(BuiltinOperator code, std::vector<int32_t> from, const Ints& values,
                     std::vector<int32_t> to) {
  return {code, {Ints32(std::move(from)), Vector32(values), Ints32(std::move(to))}, {0, 1}};
}

TEST(Transpose, Refusals) {
  const OperatorCase valid = Steered(BuiltinOperator::TRANSPOSE, {2, 3, 1}, {1, 2, 0}, {3, 1, 2});
  EXPECT_EQ(ResultOf(valid, Count(6)), (Ints{0, 3, 1, 4, 2, 5}));
  ExpectRefusals(
      valid,
      {{OneInput, "1 inputs, expected 2"},
       {FloatOutput, "output (tensor 2 't2') is float32, expected int32"},
       {OutputShape({2, 1, 3}), "has shape {2, 1, 3}, expected {3, 1, 2}"},
       {ComputedSecond, "permutation (tensor 1 't1') is computed, expected a constant"},
       {SecondInput(Vector64({1, 2, 0})), ""},
       {SecondInput(Vector32({1, 2})), "permutation (tensor 1 't1') has shape {2}"},
       {SecondInput(Vector32({1, 2, -3})), "entry 3 of the permutation is -3, expected each"},
       {SecondInput(Vector32({1, 2, 3})), "entry 3 of the permutation is 3"},
       {SecondInput(Vector32({1, 2, 1})), "entry 3 of the permutation is 1"},
       {SecondInput({.shape = {3}, .type = kF32, .data = DataOf<float>({1, 2, 0})}),
        "permutation (tensor 1 't1') is float32, expected int32 or int64"}});
}

OperatorCase SliceCase() {
  return {BuiltinOperator::SLICE,
          {Ints32({3, 4}), Vector32({1, 1}), Vector32({2, -1}), Ints32({2, 3})},
          {0, 1, 2}};
}

TEST(Slice, Refusals) {
  EXPECT_EQ(ResultOf(SliceCase(), Count(12)), (Ints{5, 6, 7, 9, 10, 11}));
  ExpectRefusals(SliceCase(),
                 {{OneInput, "1 inputs, expected 3"},
                  {FloatOutput, "is float32, expected int32"},
                  {OutputShape({2, 5}), "has shape {2, 5}, expected to fit into {3, 4}"},
                  {OutputShape({2}), "has shape {2}, expected to fit into {3, 4}"},
                  {OutputShape({1, 3}), "2 positions of axis 1, expected the output's 1"},
                  {SecondInput(Vector64({1, 1})), ""},
                  {SecondInput(Vector32({2, 1})), "begin 2 of axis 1, expected 0 to 1"},
                  {SecondInput(Vector32({1, -1})), "begin -1 of axis 2, expected 0 to 1"},
                  {SecondInput(Vector32({1})), "begin (tensor 1 't1') has shape {1}"},
                  {[](OperatorCase& c) {
                     c.tensors[2] = Vector32({2, -2});
                   },
                   "-2 positions of axis 2"}});
}

TEST(Slice, RefusesAComputedBeginAtRun) {
  OperatorCase c = SliceCase();
  c.tensors[1].data = {};
  EXPECT_EQ(RefusalOfRun<int32_t>(c, 1, {1, 1}), "");
  EXPECT_EQ(RefusalOfRun<int32_t>(c, 1, {0, 1}), "");
  EXPECT_EQ(RefusalOfRun<int32_t>(c, 1, {2, 1}),
            "operator 1 SLICE: begin 2 of axis 1, expected 0 to 1");
  // The size of -1 would give four positions.
  EXPECT_EQ(RefusalOfRun<int32_t>(c, 1, {1, 0}),
            "operator 1 SLICE: 4 positions of axis 2, expected the output's 3");
}

TEST(DynamicUpdateSlice, Refusals) {
  const OperatorCase valid = {
      BuiltinOperator::DYNAMIC_UPDATE_SLICE,
      {Ints32({2, 3}), Vector32({70, 80}), Vector32({9, -9}), Ints32({2, 3})},
      {0, 1, 2}};
  OperatorCase flat = valid;
  flat.tensors[1].shape = {1, 2};
  EXPECT_EQ(ResultOf(flat, Count(6)), (Ints{0, 1, 2, 70, 80, 5}));
  ExpectRefusals(flat, {{OneInput, "1 inputs, expected 3"},
                        {FloatOutput, "is float32, expected int32"},
                        {OutputShape({3, 2}), "has shape {3, 2}, expected {2, 3}"},
                        {[](OperatorCase& c) { c.tensors[1].shape = {2}; },
                         "update (tensor 1 't1') has shape {2}, expected to fit into {2, 3}"},
                        {[](OperatorCase& c) { c.tensors[1].type = kF32; },
                         "update (tensor 1 't1') is float32, expected int32"},
                        {[](OperatorCase& c) { c.tensors[2] = Vector32({0}); },
                         "begin (tensor 2 't2') has shape {1}, expected {2}"},
                        {[](OperatorCase& c) {
                           c.tensors[2] = Vector64({0, 0});
                         },
                         ""},
                        // The update and the whole are the same memory.
                        {[](OperatorCase& c) {
                           c.inputs = {0, 0, 2};
                         },
                         ""}});
}

OperatorCase PackCase(int32_t count, int32_t axis) {
  return {BuiltinOperator::PACK,
          {Ints32({2}), Vector32({7, 8}), Ints32({2, 2})},
          {0, 1},
          BuiltinOptions::PackOptions,
          [=](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreatePackOptions(fbb, count, axis).Union();
          }};
}

TEST(Pack, Refusals) {
  EXPECT_EQ(ResultOf(PackCase(2, 0), Count(2)), (Ints{0, 1, 7, 8}));
  EXPECT_EQ(ResultOf(PackCase(2, -1), Count(2)), (Ints{0, 7, 1, 8}));
  ExpectRefusals(
      PackCase(2, 1),
      {{[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c.options = PackCase(3, 1).options; },
        "2 inputs, expected 2 along axis 2 and 3 in the options"},
       {[](OperatorCase& c) { c.options = PackCase(2, 2).options; },
        "axis 2 in the file, expected -2 to 1"},
       {OutputShape({2, 3}), "2 inputs, expected 3 along axis 2"},
       {OutputShape({3, 2}), "input (tensor 0 't0') has shape {2}, expected {3, 2} without axis 2"},
       {SecondInput({.shape = {2}, .data = DataOf<float>({1, 2})}),
        "input (tensor 1 't1') is float32, expected int32"},
       {FloatOutput, "input (tensor 0 't0') is int32, expected float32"}});
}

std::vector<uint8_t> UnpackModel(int32_t num, int32_t axis, const std::vector<TensorSpec>& parts,
                                 bool options = true) {
  ModelBuilder b;
  const int x = b.Add(Ints32({2, 3}));
  Ints outputs;
  for (const TensorSpec& part : parts) outputs.push_back(b.Add(part));
  if (options) {
    b.Add(BuiltinOperator::UNPACK, {x}, outputs, BuiltinOptions::UnpackOptions,
          tflite::CreateUnpackOptions(b.buffer(), num, axis).Union());
  } else {
    b.Add(BuiltinOperator::UNPACK, {x}, outputs);
  }
  return b.Finish({x}, outputs);
}

TEST(Unpack, TakesRowsAndColumns) {
  OpenedModel rows(UnpackModel(2, 0, {Ints32({3}), Ints32({3})}));
  OpenedModel columns(UnpackModel(3, -1, {Ints32({2}), Ints32({2}), Ints32({2})}));
  for (OpenedModel* m : {&rows, &columns}) {
    ASSERT_TRUE(m->status().ok()) << m->status().what();
    std::memcpy(m->session().input(0).data, Count(6).data(), 24);
    ASSERT_TRUE(m->Run().ok());
  }
  const auto* second = rows.session().output(1).as<int32_t>();
  EXPECT_EQ(Ints(second, second + 3), (Ints{3, 4, 5}));
  const auto* last = columns.session().output(2).as<int32_t>();
  EXPECT_EQ(Ints(last, last + 2), (Ints{2, 5}));
}

TEST(Unpack, Refusals) {
  const auto refusal = [](const std::vector<uint8_t>& file) {
    return std::string(OpenedModel(file).status().what());
  };
  const TensorSpec row = Ints32({3});
  EXPECT_EQ(refusal(UnpackModel(2, 0, {row, row}, false)),
            "operator 1 UNPACK: its options are missing");
  EXPECT_EQ(refusal(UnpackModel(2, 2, {row, row})),
            "operator 1 UNPACK: axis 2 in the file, expected -2 to 1");
  EXPECT_EQ(refusal(UnpackModel(2, 0, {row})),
            "operator 1 UNPACK: 1 outputs, expected 2 along axis 1 and 2 in the options");
  EXPECT_EQ(
      refusal(UnpackModel(2, 0, {row, Ints32({2})})),
      "operator 1 UNPACK: output (tensor 2 't2') has shape {2}, expected {2, 3} without axis 1");
  EXPECT_EQ(refusal(UnpackModel(2, 0, {row, {.shape = {3}}})),
            "operator 1 UNPACK: output (tensor 2 't2') is float32, expected int32");
}

TEST(ExpandDims, Refusals) {
  OperatorCase valid = Steered(BuiltinOperator::EXPAND_DIMS, {2, 3}, {-1}, {2, 3, 1});
  EXPECT_EQ(ResultOf(valid, Count(6)), Count(6));
  ExpectRefusals(valid,
                 {{OneInput, "1 inputs, expected 2"},
                  {FloatOutput, "is float32, expected int32"},
                  {OutputShape({2, 3}), "has shape {2, 3}, expected rank 3"},
                  {OutputShape({2, 1, 3}), "has shape {2, 1, 3}, expected {2, 3, 1}"},
                  {SecondInput(Scalar32(2)), ""},
                  {SecondInput(Vector64({2})), ""},
                  {SecondInput(Scalar32(3)), "axis 3 in the file, expected -3 to 2"},
                  {SecondInput(Vector64({int64_t{1} << 40})), "axis 1099511627776 in the file"},
                  {SecondInput(Vector32({1, 2})), "axis (tensor 1 't1') has shape {2}"},
                  {ComputedSecond, "axis (tensor 1 't1') is computed"}});
}

OperatorCase SqueezeCase(const Ints& axes) {
  return {BuiltinOperator::SQUEEZE,
          {Ints32({1, 3, 1}), Ints32({3, 1})},
          {0},
          BuiltinOptions::SqueezeOptions,
          [=](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateSqueezeOptionsDirect(fbb, &axes).Union();
          }};
}

TEST(Squeeze, Refusals) {
  EXPECT_EQ(ResultOf(SqueezeCase({0}), Count(3)), Count(3));
  const auto with = [](const Ints& axes) {
    return [axes](OperatorCase& c) { c.options = SqueezeCase(axes).options; };
  };
  ExpectRefusals(SqueezeCase({-3}),
                 {{with({2}), "output (tensor 1 't1') has shape {3, 1}, expected {1, 3}"},
                  {with({}), "expected {3}"},
                  {[](OperatorCase& c) {
                     c.type = BuiltinOptions::NONE;
                     c.output().shape = {3};
                   },
                   ""},
                  {with({1}), "axis 2 of shape {1, 3, 1} does not have length 1"},
                  {with({3}), "axis 3 in the file, expected -3 to 2"},
                  {with(Ints(9, 0)), "9 axes, expected at most 8"},
                  {FloatOutput, "is float32, expected int32"}});
}

TEST(Shape, Refusals) {
  const OperatorCase valid = {BuiltinOperator::SHAPE, {Ints32({2, 1, 3}), Ints32({3})}, {0}};
  EXPECT_EQ(ResultOf(valid, Count(6)), (Ints{2, 1, 3}));
  OperatorCase wide = valid;
  wide.output().type = kS64;
  EXPECT_EQ((ResultOf<int32_t, int64_t>(wide, Count(6))), (std::vector<int64_t>{2, 1, 3}));
  ExpectRefusals(valid, {{OutputShape({2}), "output (tensor 1 't1') has shape {2}, expected {3}"},
                         {FloatOutput, "not supported from int32 to float32"}});
}

TEST(Fill, Refusals) {
  const OperatorCase valid = {
      BuiltinOperator::FILL, {Vector32({2, 3}), Ints32({}), Ints32({2, 3})}, {0, 1}};
  EXPECT_EQ(ResultOf<int32_t>(valid, {-5}), Ints(6, -5));
  ExpectRefusals(
      valid,
      {{OneInput, "1 inputs, expected 2"},
       {FloatOutput, "value (tensor 1 't1') is int32, expected float32"},
       {OutputShape({2, 4}), "dims (tensor 0 't0') says 3 for axis 2, expected the output's 4"},
       {OutputShape({6}), "dims (tensor 0 't0') has shape {2}, expected {1}"},
       {SecondInput(Ints32({2})), "value (tensor 1 't1') has shape {2}, expected one element"},
       {[](OperatorCase& c) { c.tensors[0].data = {}; }, "dims (tensor 0 't0') is computed"},
       {[](OperatorCase& c) {
          c.tensors[0] = Vector64({2, 3});
        },
        ""}});
}

TEST(ZerosLike, WritesTheNumberZero) {
  const OperatorCase valid = {
      BuiltinOperator::ZEROS_LIKE,
      {{.shape = {3}, .type = TensorType::INT8, .scales = {1}, .zero_points = {9}},
       {.shape = {3}, .type = TensorType::INT8, .scales = {1}, .zero_points = {9}}},
      {0}};
  EXPECT_EQ(ResultOf<int8_t>(valid, {1, 2, 3}), (std::vector<int8_t>{0, 0, 0}));
  ExpectRefusals(valid, {{OutputShape({2}), "has shape {2}, expected {3}"},
                         {FloatOutput, "is float32, expected int8"}});
}

TEST(Tile, Refusals) {
  const OperatorCase valid = Steered(BuiltinOperator::TILE, {2, 2}, {2, 3}, {4, 6});
  EXPECT_EQ(ResultOf(valid, Count(4)), (Ints{0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3,  //
                                             0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}));
  ExpectRefusals(valid, {{OneInput, "1 inputs, expected 2"},
                         {FloatOutput, "is float32, expected int32"},
                         {OutputShape({4, 6, 1}), "expected rank 2"},
                         {OutputShape({4, 4}), "3 times axis 2 of shape {2, 2}, expected the"},
                         {SecondInput(Vector64({2, 3})), ""},
                         {SecondInput(Vector32({2})), "multiples (tensor 1 't1') has shape {1}"},
                         {SecondInput(Vector32({2, 0})), "0 times axis 2"},
                         {SecondInput(Vector64({2, 3 + (int64_t{1} << 32)})), "times axis 2"},
                         {ComputedSecond, "multiples (tensor 1 't1') is computed"}});
}

TEST(BroadcastTo, Refusals) {
  const OperatorCase valid = Steered(BuiltinOperator::BROADCAST_TO, {3, 1}, {2, 3, 2}, {2, 3, 2});
  EXPECT_EQ(ResultOf(valid, Count(3)), (Ints{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}));
  ExpectRefusals(valid,
                 {{OneInput, "1 inputs, expected 2"},
                  {FloatOutput, "is float32, expected int32"},
                  {OutputShape({2, 3, 3}), "shape (tensor 1 't1') says 2 for axis 3, expected the"},
                  {ComputedSecond, "shape (tensor 1 't1') is computed"},
                  {SecondInput(Vector64({2, 3, 2})), ""},
                  {[](OperatorCase& c) {
                     c.tensors[0].shape = {2, 1};
                   },
                   "shape {2, 1} does not repeat to shape {2, 3, 2}"},
                  {[](OperatorCase& c) {
                     c.tensors[0].shape = {1, 1, 3, 1};
                   },
                   "shape {1, 1, 3, 1} does not repeat to shape {2, 3, 2}"}});
}

TEST(BroadcastArgs, Refusals) {
  const OperatorCase valid = Steered(BuiltinOperator::BROADCAST_ARGS, {2}, {4, 1, 3}, {3});
  EXPECT_EQ(ResultOf<int32_t>(valid, {5, 1}), (Ints{4, 5, 3}));
  EXPECT_EQ(RefusalOfRun<int32_t>(valid, 0, {5, 2}),
            "operator 1 BROADCAST_ARGS: the shapes differ at axis 3");
  OperatorCase constants = valid;
  constants.tensors[0] = Vector32({1, 3});
  ExpectRefusals(constants,
                 {{OneInput, "1 inputs, expected 2"},
                  {OutputShape({2}), "has shape {2}, expected {3}"},
                  {[](OperatorCase& c) { c.output().type = kS64; }, "is int64, expected int32"},
                  {SecondInput(Vector64({4, 1, 3})), "second shape (tensor 1 't1') is int64"},
                  {SecondInput(Vector32({4, 1, 2})), "the shapes differ at axis 3"},
                  {[](OperatorCase& c) {
                     c.tensors[1] = Vector32(Ints(9, 1));
                     c.output().shape = {9};
                   },
                   "shapes of 9 axes, expected at most 8"},
                  {[](OperatorCase& c) {
                     c.tensors[1].shape = {3, 1};
                   },
                   "second shape (tensor 1 't1') has shape {3, 1}, expected rank 1"}});
}

}  // namespace shapes_refusals_test
}  // namespace moonlet
