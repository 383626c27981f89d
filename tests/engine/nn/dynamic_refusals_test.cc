// Operators whose output follows from values: WHERE, RANGE, TOPK_V2, ONE_HOT, SCATTER_ND.
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace dynamic_refusals_test {

using namespace moonlet::testing;
using Ints = std::vector<int32_t>;
using Longs = std::vector<int64_t>;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;
constexpr auto kF32 = TensorType::FLOAT32;

template <typename T>
TensorSpec Constant(TensorType type, std::vector<int32_t> shape, const std::vector<T>& values) {
  return {.shape = std::move(shape), .type = type, .data = DataOf(values)};
}
Edit<OperatorCase> Input(size_t k, const TensorSpec& tensor) {
  return [=](OperatorCase& c) { c.tensors[k] = tensor; };
}
Edit<OperatorCase> OutputShape(std::vector<int32_t> shape) {
  return [shape](OperatorCase& c) { c.output().shape = shape; };
}
void OneInput(OperatorCase& c) { c.inputs = {0}; }

// What an operator without model inputs gives.
template <typename T>
std::vector<T> ConstantResult(const OperatorCase& c) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return {};
  EXPECT_TRUE(m.Run().ok());
  const Tensor output = m.session().output(0);
  return {output.as<T>(), output.as<T>() + output.size()};
}

OperatorCase WhereCase(const TensorSpec& x, int32_t count) {
  return {BuiltinOperator::WHERE,
          {x, {.shape = {count, static_cast<int32_t>(x.shape.size())}, .type = kS64}},
          {0}};
}

TEST(Where, ConstantsOnly) {
  EXPECT_EQ(ConstantResult<int64_t>(
                WhereCase(Constant<uint8_t>(TensorType::BOOL, {2, 3}, {0, 1, 0, 1, 0, 1}), 3)),
            (Longs{0, 1, 1, 0, 1, 2}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TensorSpec reals = Constant<float>(kF32, {6}, {0, -0.0f, nan, 1e-40f, -1, 0});
  EXPECT_EQ(ConstantResult<int64_t>(WhereCase(reals, 2)), (Longs{2, 4}));
  const TensorSpec words = Constant<int32_t>(kS32, {2}, {0, 1 << 30});
  ExpectRefusals(WhereCase(words, 1),
                 {{OutputShape({2, 1}), "has shape {2, 1}, expected {1, 1}"},
                  {OutputShape({1}), "has shape {1}, expected {1, 1}"},
                  {[](OperatorCase& c) { c.output().type = kS32; }, "not supported from int32 to"},
                  {Input(0, {.shape = {2}, .type = kS32}), "is computed, expected a constant"},
                  {Input(0, Constant<int32_t>(kS32, {}, {1})), "a scalar, expected rank 1"}});
}

template <typename T>
OperatorCase RangeCase(TensorType type, T start, T limit, T delta, int32_t count) {
  return {BuiltinOperator::RANGE,
          {Constant<T>(type, {}, {start}),
           Constant<T>(type, {}, {limit}),
           Constant<T>(type, {}, {delta}),
           {.shape = {count}, .type = type}},
          {0, 1, 2}};
}

TEST(Range, ConstantsOnly) {
  EXPECT_EQ(ConstantResult<int32_t>(RangeCase<int32_t>(kS32, 2, 9, 3, 3)), (Ints{2, 5, 8}));
  EXPECT_EQ(ConstantResult<int32_t>(RangeCase<int32_t>(kS32, 2, -4, -3, 2)), (Ints{2, -1}));
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(ConstantResult<int64_t>(RangeCase<int64_t>(kS64, -most, most, most, 2)),
            (Longs{-most, 0}));
  const float third = 0.1f + 0.1f;
  EXPECT_EQ(ConstantResult<float>(RangeCase<float>(kF32, 0, 0.35f, 0.1f, 4)),
            (std::vector<float>{0, 0.1f, third, third + 0.1f}));
  ExpectRefusals(
      RangeCase<float>(kF32, 0, 1, 0.5f, 2),
      {{OneInput, "1 inputs, expected 3"},
       {OutputShape({3}), "has shape {3}, expected {2}"},
       {OutputShape({2, 1}), "has shape {2, 1}, expected {2}"},
       {Input(1, Constant<float>(kF32, {}, {3e9f})), "has shape {2}, expected {2147483647}"},
       {Input(2, Constant<float>(kF32, {}, {0})), "steps of 0 do not lead from 0 to 1"},
       {Input(2, Constant<float>(kF32, {}, {-1})), "steps of -1 do not lead from 0 to 1"},
       {Input(2, Constant<int32_t>(kS32, {}, {1})), "delta (tensor 2 't2') is int32"},
       {Input(1, Constant<float>(kF32, {2}, {1, 1})), "limit (tensor 1 't1') has shape {2}"},
       {Input(0, {.shape = {}}), "start (tensor 0 't0') is computed, expected a constant"}});
}

std::vector<uint8_t> TopKModel(const TensorSpec& x, const TensorSpec& k, const TensorSpec& values,
                               const TensorSpec& positions) {
  ModelBuilder b;
  const int input = b.Add(x), count = b.Add(k), first = b.Add(values), second = b.Add(positions);
  b.Add(BuiltinOperator::TOPK_V2, {input, count}, {first, second});
  return b.Finish({input}, {first, second});
}

TEST(TopK, Results) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TensorSpec x = {.shape = {2, 5}};
  const float rows[] = {1, 3, 3, nan, -1, nan, nan, -2, 0, -0.0f};
  OpenedModel m(TopKModel(x, Constant<int16_t>(TensorType::INT16, {}, {4}), {.shape = {2, 4}},
                          {.shape = {2, 4}, .type = kS32}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  std::memcpy(m.session().input(0).data, rows, sizeof(rows));
  ASSERT_TRUE(m.Run().ok());
  const auto* positions = m.session().output(1).as<int32_t>();
  EXPECT_EQ(Ints(positions, positions + 8), (Ints{1, 2, 0, 4, 3, 4, 2, 0}));
  const auto* values = m.session().output(0).as<float>();
  EXPECT_EQ(std::vector<float>(values, values + 4), (std::vector<float>{3, 3, 1, -1}));
  EXPECT_EQ(values[6], -2);
}

TEST(TopK, Refusals) {
  const TensorSpec x = {.shape = {2, 5}}, best = {.shape = {2, 2}};
  const TensorSpec at = {.shape = {2, 2}, .type = kS32};
  const auto k = [](int32_t value) { return Constant<int32_t>(kS32, {}, {value}); };
  const auto refusal = [](const std::vector<uint8_t>& file) {
    return std::string(OpenedModel(file).status().what());
  };
  const std::string name = "operator 1 TOPK_V2: ";
  EXPECT_EQ(refusal(TopKModel(x, k(2), best, at)), "");
  EXPECT_EQ(refusal(TopKModel(x, k(0), best, at)), name + "k is 0, expected 1 to 5");
  EXPECT_EQ(refusal(TopKModel(x, k(6), best, at)), name + "k is 6, expected 1 to 5");
  EXPECT_EQ(refusal(TopKModel(x, k(1), best, at)),
            name + "values (tensor 2 't2') has shape {2, 2}, expected {2, 1}");
  EXPECT_EQ(refusal(TopKModel(x, k(2), best, {.shape = {2, 1}, .type = kS32})),
            name + "positions (tensor 3 't3') has shape {2, 1}, expected {2, 2}");
  EXPECT_EQ(refusal(TopKModel(x, k(2), best, best)),
            name + "positions (tensor 3 't3') is float32, expected int32");
  EXPECT_EQ(refusal(TopKModel(x, k(2), at, at)),
            name + "values (tensor 2 't2') is int32, expected float32");
  EXPECT_EQ(refusal(TopKModel({.shape = {}}, k(1), best, at)), name + "a scalar, expected rows");
  EXPECT_EQ(refusal(TopKModel(x, Constant<float>(kF32, {}, {2}), best, at)),
            name + "k (tensor 1 't1') is float32, expected int32 or int64");
}

OperatorCase HotCase(int32_t axis, int32_t depth, std::vector<int32_t> output) {
  return {BuiltinOperator::ONE_HOT,
          {{.shape = {2}, .type = kS32},
           Constant<int32_t>(kS32, {}, {depth}),
           Constant<int8_t>(kS8, {}, {7}),
           Constant<int8_t>(kS8, {}, {-1}),
           {.shape = std::move(output), .type = kS8}},
          {0, 1, 2, 3},
          BuiltinOptions::OneHotOptions,
          [axis](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateOneHotOptions(fbb, axis).Union();
          }};
}

TEST(OneHot, Refusals) {
  EXPECT_EQ((ResultOf<int32_t, int8_t>(HotCase(-1, 3, {2, 3}), {2, -1})),
            (std::vector<int8_t>{-1, -1, 7, -1, -1, -1}));
  EXPECT_EQ((ResultOf<int32_t, int8_t>(HotCase(0, 3, {3, 2}), {3, 1})),
            (std::vector<int8_t>{-1, -1, -1, 7, -1, -1}));
  ExpectRefusals(
      HotCase(1, 3, {2, 3}),
      {{OneInput, "1 inputs, expected 4"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& c) { c.options = HotCase(2, 3, {}).options; }, "axis 2 in the file"},
       {OutputShape({2, 4}), "depth 3, expected the output's 4 along axis 2"},
       {OutputShape({3, 3}), "has shape {3, 3}, expected {2, 3}"},
       {OutputShape({6}), "has shape {6}, expected rank 2"},
       {Input(1, {.shape = {}, .type = kS32}), "depth (tensor 1 't1') is computed"},
       {Input(2, Constant<int32_t>(kS32, {}, {1})), "on value (tensor 2 't2') is int32"},
       {Input(3, Constant<int32_t>(kS32, {}, {1})), "off value (tensor 3 't3') is int32"},
       {Input(3, Constant<int8_t>(kS8, {2}, {1, 1})), "expected one element"},
       {Input(3, {.shape = {}, .type = kS8}), ""},
       {Input(0, {.shape = {2}}), "not supported from float32 to int8"}});
}

OperatorCase ScatterCase(const TensorSpec& indices, const TensorSpec& updates,
                         const TensorSpec& output) {
  Ints shape = output.shape;
  return {BuiltinOperator::SCATTER_ND,
          {indices, updates, Constant<int32_t>(kS32, {static_cast<int32_t>(shape.size())}, shape),
           output},
          {0, 1, 2}};
}

TEST(ScatterNd, AddsAndWraps) {
  const TensorSpec indices = {.shape = {3, 1}, .type = kS32};
  const auto rows =
      ScatterCase(indices, Constant<float>(kF32, {3, 2}, {1, 2, 3, 4, 5, 6}), {.shape = {3, 2}});
  EXPECT_EQ((ResultOf<int32_t, float>(rows, {2, 0, 2})), (std::vector<float>{3, 4, 0, 0, 6, 8}));
  const auto bytes =
      ScatterCase(indices, Constant<int8_t>(kS8, {3}, {100, 100, -5}), {.shape = {4}, .type = kS8});
  EXPECT_EQ((ResultOf<int32_t, int8_t>(bytes, {1, 1, 3})), (std::vector<int8_t>{0, -56, 0, -5}));
  EXPECT_EQ(RefusalOfRun<int32_t>(bytes, 0, {1, 4, 0}),
            "operator 1 SCATTER_ND: index 4 at position 2, expected 0 to 3");
}

TEST(ScatterNd, Refusals) {
  const TensorSpec pairs = Constant<int32_t>(kS32, {2, 2}, {0, 1, 2, 1});
  const TensorSpec two = Constant<int32_t>(kS32, {2}, {5, 6});
  ExpectRefusals(
      ScatterCase(pairs, two, {.shape = {3, 2}, .type = kS32}),
      {{OneInput, "1 inputs, expected 3"},
       {OutputShape({3, 3}), "shape (tensor 2 't2') says 2 for axis 2, expected the output's 3"},
       {Input(2, {.shape = {2}, .type = kS32}), "shape (tensor 2 't2') is computed"},
       {Input(1, Constant<float>(kF32, {2}, {5, 6})), "updates (tensor 1 't1') is float32"},
       {Input(1, Constant<int32_t>(kS32, {2, 1}, {5, 6})), "has shape {2, 1}, expected {2}"},
       {Input(0, Constant<int32_t>(kS32, {2, 2}, {0, 1, 3, 1})),
        "index 3 at position 3, expected 0 to 2"},
       {Input(0, Constant<int32_t>(kS32, {1, 3}, {0, 1, 1})), "expected a last axis of 1 to 2"},
       {Input(0, Constant<float>(kF32, {1, 2}, {0, 1})), "not supported from float32"},
       {Input(0, Constant<int64_t>(kS64, {2, 2}, {0, 0, 0, 0})), ""}});
}

}  // namespace dynamic_refusals_test
}  // namespace moonlet
