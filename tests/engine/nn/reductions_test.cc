// SUM, MEAN, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD: small results, and what is refused.
#include <gtest/gtest.h>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace reductions_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kS64 = TensorType::INT64;
constexpr auto kF32 = TensorType::FLOAT32;

WriteOptions KeepDims(bool keep) {
  return [keep](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateReducerOptions(fbb, keep).Union();
  };
}

// {2, 3} along its last axis.
OperatorCase ReductionCase(Op code, TensorType type, std::vector<float> scales = {}) {
  return {code,
          {{.shape = {2, 3}, .type = type, .scales = scales},
           {.shape = {1}, .type = kS32, .data = DataOf<int32_t>({-1})},
           {.shape = {2}, .type = type, .scales = scales}},
          {0, 1},
          BuiltinOptions::ReducerOptions,
          KeepDims(false)};
}

template <typename T>
std::vector<T> Along(Op code, TensorType type, std::vector<float> scales = {}) {
  return ResultOf<T>(ReductionCase(code, type, scales), {1, 2, 3, 4, 5, 6});
}

TEST(ReductionsTest, EveryTypeRuns) {
  using S8 = std::vector<int8_t>;
  using S16 = std::vector<int16_t>;
  using S32 = std::vector<int32_t>;
  using S64 = std::vector<int64_t>;
  using F32 = std::vector<float>;
  EXPECT_EQ(Along<int8_t>(Op::SUM, kS8, {0.5f}), (S8{6, 15}));
  EXPECT_EQ(Along<int16_t>(Op::SUM, kS16, {0.5f}), (S16{6, 15}));
  EXPECT_EQ(Along<int32_t>(Op::SUM, kS32), (S32{6, 15}));
  EXPECT_EQ(Along<int64_t>(Op::SUM, kS64), (S64{6, 15}));
  EXPECT_EQ(Along<float>(Op::SUM, kF32), (F32{6, 15}));
  EXPECT_EQ(Along<int8_t>(Op::MEAN, kS8, {0.5f}), (S8{2, 5}));
  EXPECT_EQ(Along<int16_t>(Op::MEAN, kS16, {0.5f}), (S16{2, 5}));
  EXPECT_EQ(Along<float>(Op::MEAN, kF32), (F32{2, 5}));
  EXPECT_EQ(Along<int8_t>(Op::REDUCE_PROD, kS8, {1.0f}), (S8{6, 120}));
  EXPECT_EQ(Along<int16_t>(Op::REDUCE_PROD, kS16, {1.0f}), (S16{6, 120}));
  EXPECT_EQ(Along<int32_t>(Op::REDUCE_PROD, kS32), (S32{6, 120}));
  EXPECT_EQ(Along<int64_t>(Op::REDUCE_PROD, kS64), (S64{6, 120}));
  EXPECT_EQ(Along<float>(Op::REDUCE_PROD, kF32), (F32{6, 120}));
  EXPECT_EQ(Along<int8_t>(Op::REDUCE_MAX, kS8, {0.5f}), (S8{3, 6}));
  EXPECT_EQ(Along<int16_t>(Op::REDUCE_MAX, kS16), (S16{3, 6}));
  EXPECT_EQ(Along<int32_t>(Op::REDUCE_MAX, kS32), (S32{3, 6}));
  EXPECT_EQ(Along<int64_t>(Op::REDUCE_MIN, kS64), (S64{1, 4}));
  EXPECT_EQ(Along<float>(Op::REDUCE_MIN, kF32), (F32{1, 4}));
}

// Zero points of both sides; half a step is rounded away from zero.
TEST(ReductionsTest, ZeroPoints) {
  OperatorCase c = ReductionCase(Op::MEAN, kS8, {0.5f});
  c.tensors[0].zero_points = {-3};
  c.output().zero_points = {10};
  EXPECT_EQ(ResultOf<int8_t>(c, {1, 2, 3, -4, -5, -6}), (std::vector<int8_t>{15, 8}));
  c.code = Op::SUM;
  EXPECT_EQ(ResultOf<int8_t>(c, {1, 2, 3, -4, -5, -6}), (std::vector<int8_t>{25, 4}));
}

TEST(ReductionsTest, AxesAndShapes) {
  OperatorCase c = ReductionCase(Op::SUM, kF32);
  std::vector<float> x(24);
  for (size_t i = 0; i < 24; ++i) x[i] = static_cast<float>(i);
  const auto sum = [&](std::vector<int32_t> axes, std::vector<int32_t> shape, bool keep = false) {
    c.tensors[0].shape = {2, 3, 4};
    c.tensors[1].shape = {static_cast<int32_t>(axes.size())};
    c.tensors[1].data = DataOf(axes);
    c.output().shape = shape;
    c.options = KeepDims(keep);
    return ResultOf<float>(c, x);
  };
  using F32 = std::vector<float>;
  EXPECT_EQ(sum({0, 2}, {3}), (F32{60, 92, 124}));
  EXPECT_EQ(sum({2, -3, 2}, {1, 3, 1}, true), (F32{60, 92, 124}));
  EXPECT_EQ(sum({1, 2}, {2}), (F32{66, 210}));
  EXPECT_EQ(sum({0, 1}, {4}), (F32{60, 66, 72, 78}));
  EXPECT_EQ(sum({1}, {2, 4}), (F32{12, 15, 18, 21, 48, 51, 54, 57}));
  EXPECT_EQ(sum({0, 1, 2}, {}), (F32{276}));
  c.tensors[1].shape = {};
  c.tensors[1].data = DataOf<int32_t>({0});
  c.output().shape = {3, 4};
  EXPECT_EQ(ResultOf<float>(c, x)[5], 22);
}

TEST(ReductionsTest, Refusals) {
  for (const Op code : {Op::SUM, Op::MEAN, Op::REDUCE_PROD, Op::REDUCE_MAX, Op::REDUCE_MIN}) {
    SCOPED_TRACE(tflite::EnumNameBuiltinOperator(code));
    ExpectRefusals(
        ReductionCase(code, kS8, {0.5f}),
        {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
         {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
         {[](OperatorCase& c) { c.output().type = kS16; }, "int16"},
         {[](OperatorCase& c) { c.tensors[0].type = TensorType::BOOL; }, "not supported from bool"},
         {[](OperatorCase& c) {
            c.tensors[1].type = kS64;
            c.tensors[1].data = DataOf<int64_t>({1});
          },
          "axes (tensor 1 't1') is int64, expected int32"},
         {[](OperatorCase& c) { c.tensors[1].data = {}; }, "axes (tensor 1 't1') is computed"},
         {[](OperatorCase& c) {
            c.tensors[1].shape = {1, 1};
          },
          "axes (tensor 1 't1') has shape {1, 1}, expected rank 1"},
         {[](OperatorCase& c) { c.tensors[1].data = DataOf<int32_t>({2}); },
          "axis 2 in the file, expected -2 to 1"},
         {[](OperatorCase& c) { c.tensors[1].data = DataOf<int32_t>({-3}); }, "axis -3"},
         {[](OperatorCase& c) { c.tensors[1].data = DataOf<int32_t>({0}); },
          "output (tensor 2 't2') has shape {2}, expected {3}"},
         {[](OperatorCase& c) { c.options = KeepDims(true); }, "expected {2, 1}"}});
  }
}

TEST(ReductionsTest, RefusedScales) {
  for (const Op code : {Op::SUM, Op::MEAN, Op::REDUCE_PROD})
    ExpectRefusals(ReductionCase(code, kS16, {0.5f}),
                   {{[](OperatorCase& c) { c.tensors[0].scales = {}; },
                     "input (tensor 0 't0') has 0 scales, expected 1"},
                    {[](OperatorCase& c) { c.output().scales = {}; },
                     "output (tensor 2 't2') has 0 scales, expected 1"}});
  ExpectRefusals(ReductionCase(Op::MEAN, kS8, {0.5f}), {{[](OperatorCase& c) {
                                                           c.tensors[0].scales = {1e38f};
                                                           c.output().scales = {1e-38f};
                                                         },
                                                         "scales 1e+38 / 1e-38 are out of range"}});
  for (const Op code : {Op::REDUCE_MAX, Op::REDUCE_MIN})
    ExpectRefusals(ReductionCase(code, kS8, {0.5f}),
                   {{[](OperatorCase& c) { c.output().scales = {0.25f}; },
                     "has scale 0.25, zero point 0, expected the input's 0.5, 0"},
                    {[](OperatorCase& c) { c.output().zero_points = {1}; }, "zero point 1"}});
  for (const Op code : {Op::SUM, Op::REDUCE_PROD})
    ExpectRefusals(ReductionCase(code, kS32),
                   {{[](OperatorCase& c) { c.tensors[0].scales = {1}; },
                     "input (tensor 0 't0') has a scale, expected none"}});
}

}  // namespace reductions_test
}  // namespace moonlet
