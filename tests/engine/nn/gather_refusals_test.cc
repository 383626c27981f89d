// GATHER, GATHER_ND and EMBEDDING_LOOKUP: small results, what they refuse when opened, and
// what they refuse when run.
#include <gtest/gtest.h>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace gather_refusals_test {

using namespace moonlet::testing;
using Ints = std::vector<int32_t>;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kF32 = TensorType::FLOAT32;

TensorSpec Ints32(std::vector<int32_t> shape, const Ints& values = {}) {
  TensorSpec tensor = {.shape = std::move(shape), .type = kS32};
  if (!values.empty()) tensor.data = DataOf(values);
  return tensor;
}
Edit<OperatorCase> Second(const TensorSpec& tensor) {
  return [tensor](OperatorCase& c) { c.tensors[1] = tensor; };
}
Edit<OperatorCase> OutputShape(std::vector<int32_t> shape) {
  return [shape](OperatorCase& c) { c.output().shape = shape; };
}
void FloatOutput(OperatorCase& c) { c.output().type = kF32; }

OperatorCase GatherCase(int32_t axis, int32_t batch, const TensorSpec& indices,
                        std::vector<int32_t> output) {
  return {BuiltinOperator::GATHER,
          {Ints32({2, 3}), indices, Ints32(std::move(output))},
          {0, 1},
          BuiltinOptions::GatherOptions,
          [=](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateGatherOptions(fbb, axis, batch).Union();
          }};
}

TEST(Gather, Results) {
  const Ints x = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(ResultOf(GatherCase(0, 0, Ints32({3}, {1, 0, 1}), {3, 3}), x),
            (Ints{3, 4, 5, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(ResultOf(GatherCase(-1, 0, Ints32({1, 2}, {2, 0}), {2, 1, 2}), x), (Ints{2, 0, 5, 3}));
  EXPECT_EQ(ResultOf(GatherCase(0, 0, Ints32({}, {1}), {3}), x), (Ints{3, 4, 5}));
  // Each row has indices of its own.
  EXPECT_EQ(ResultOf(GatherCase(1, 1, Ints32({2, 2}, {2, 1, 0, 0}), {2, 2}), x),
            (Ints{2, 1, 3, 3}));
  EXPECT_EQ(ResultOf(GatherCase(1, -1, Ints32({2, 2}, {2, 1, 0, 0}), {2, 2}), x),
            (Ints{2, 1, 3, 3}));
}

TEST(Gather, Refusals) {
  const auto options = [](int32_t axis, int32_t batch) {
    return [=](OperatorCase& c) { c.options = GatherCase(axis, batch, {}, {}).options; };
  };
  ExpectRefusals(
      GatherCase(1, 0, Ints32({2}, {2, 0}), {2, 2}),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
       {options(2, 0), "axis 2 in the file, expected -2 to 1"},
       {options(1, 2), "2 batch axes for axis 2 and indices of shape {2}"},
       {options(0, 1), "1 batch axes for axis 1"},
       {options(1, -2), "-2 batch axes"},
       {options(1, 1), "output (tensor 2 't2') has shape {2, 2}, expected {2}"},
       {OutputShape({2, 3}), "has shape {2, 3}, expected {2, 2}"},
       {FloatOutput, "is float32, expected int32"},
       {Second({.shape = {2}, .data = DataOf<float>({0, 1})}),
        "indices (tensor 1 't1') is float32, expected int32 or int64"},
       {Second(Ints32({2}, {0, 3})), "index 3 at position 2, expected 0 to 2"},
       {Second(Ints32({2}, {-1, 0})), "index -1 at position 1, expected 0 to 2"},
       {Second({.shape = {2}, .type = TensorType::INT64, .data = DataOf<int64_t>({0, 2})}), ""}});
  const auto unlike = GatherCase(1, 1, Ints32({3, 1}, {0, 0, 0}), {2, 1});
  EXPECT_NE(RefusalOf(unlike).find("indices of shape {3, 1} do not batch with shape {2, 3}"),
            std::string::npos);
}

TEST(Gather, RefusesAtRun) {
  const OperatorCase computed = GatherCase(1, 0, Ints32({2}), {2, 2});
  EXPECT_EQ(RefusalOfRun<int32_t>(computed, 1, {2, 1}), "");
  EXPECT_EQ(RefusalOfRun<int32_t>(computed, 1, {2, 3}),
            "operator 1 GATHER: index 3 at position 2, expected 0 to 2");
  EXPECT_EQ(RefusalOfRun<int32_t>(computed, 1, {-1, 0}),
            "operator 1 GATHER: index -1 at position 1, expected 0 to 2");
}

OperatorCase GatherNdCase(const TensorSpec& indices, std::vector<int32_t> output) {
  return {BuiltinOperator::GATHER_ND, {Ints32({3, 4}), indices, Ints32(std::move(output))}, {0, 1}};
}

TEST(GatherNd, Results) {
  const Ints x = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  EXPECT_EQ(ResultOf(GatherNdCase(Ints32({2, 2}, {2, 3, 0, 1}), {2}), x), (Ints{11, 1}));
  EXPECT_EQ(ResultOf(GatherNdCase(Ints32({1, 1, 1}, {1}), {1, 1, 4}), x), (Ints{4, 5, 6, 7}));
}

TEST(GatherNd, Refusals) {
  ExpectRefusals(
      GatherNdCase(Ints32({2, 2}, {2, 3, 0, 1}), {2}),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2"},
       {FloatOutput, "is float32, expected int32"},
       {OutputShape({2, 1}), "has shape {2, 1}, expected {2}"},
       {Second(Ints32({1, 3}, {0, 0, 0})), "shape {1, 3}, expected a last axis of 1 to 2"},
       {Second(Ints32({}, {0})), "shape {}, expected a last axis of 1 to 2"},
       {Second({.shape = {2, 2}, .data = DataOf<float>({0, 1, 2, 3})}), "expected int32 or int64"},
       // Inside the tensor as a whole, but beyond its axis.
       {Second(Ints32({2, 2}, {0, 3, 0, 5})), "index 5 at position 4, expected 0 to 3"}});
  const OperatorCase computed = GatherNdCase(Ints32({2, 2}), {2});
  EXPECT_EQ(RefusalOfRun<int32_t>(computed, 1, {2, 3, 0, 0}), "");
  EXPECT_EQ(RefusalOfRun<int32_t>(computed, 1, {0, 0, 3, 0}),
            "operator 1 GATHER_ND: index 3 at position 3, expected 0 to 2");
}

OperatorCase LookupCase(const TensorSpec& table, TensorType output) {
  return {BuiltinOperator::EMBEDDING_LOOKUP,
          {Ints32({2}), table, {.shape = {2, 2}, .type = output}},
          {0, 1}};
}

TEST(EmbeddingLookup, CopiesRowsOrTheirNumbers) {
  EXPECT_EQ(ResultOf(LookupCase(Ints32({3, 2}, {1, 2, 3, 4, 5, 6}), kS32), Ints{2, 0}),
            (Ints{5, 6, 1, 2}));
  const TensorSpec steps = {.shape = {3, 2},
                            .type = TensorType::INT8,
                            .scales = {0.1f},
                            .data = DataOf<int8_t>({1, 2, 3, -128, 5, 6})};
  EXPECT_EQ((ResultOf<int32_t, float>(LookupCase(steps, kF32), {1, 1})),
            (std::vector<float>{3 * 0.1f, -128 * 0.1f, 3 * 0.1f, -128 * 0.1f}));
}

TEST(EmbeddingLookup, Refusals) {
  const TensorSpec steps = {.shape = {3, 2},
                            .type = TensorType::INT8,
                            .scales = {0.5f},
                            .data = DataOf<int8_t>({1, 2, 3, 4, 5, 6})};
  const OperatorCase valid = LookupCase(steps, kF32);
  ExpectRefusals(valid,
                 {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2"},
                  {OutputShape({3, 2}), "has shape {3, 2}, expected {2, 2}"},
                  {[](OperatorCase& c) { c.output().type = kS32; }, "is int32, expected int8"},
                  {[](OperatorCase& c) { c.output().type = TensorType::INT8; }, ""},
                  {[](OperatorCase& c) {
                     c.tensors[0].shape = {2, 1};
                   },
                   "indices (tensor 0 't0') has shape {2, 1}, expected rank 1"},
                  {[](OperatorCase& c) {
                     c.tensors[0] = Ints32({2}, {0, 3});
                   },
                   "index 3 at position 2, expected 0 to 2"},
                  {[](OperatorCase& c) { c.tensors[1].shape = {6}; },
                   "table (tensor 1 't1') has shape {6}, expected rank 2 or more"},
                  {[](OperatorCase& c) { c.tensors[1].scales = {}; }, "has 0 scales"},
                  {[](OperatorCase& c) { c.tensors[1].zero_points = {1}; },
                   "table (tensor 1 't1') has zero point 1, expected 0"}});
  EXPECT_EQ(RefusalOfRun<int32_t>(valid, 0, {0, 3}),
            "operator 1 EMBEDDING_LOOKUP: index 3 at position 2, expected 0 to 2");
}

}  // namespace gather_refusals_test
}  // namespace moonlet
