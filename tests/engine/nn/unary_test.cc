// Functions of one element, FLOOR_DIV, FLOOR_MOD and CUMSUM: what they compute by hand and
// what they refuse, at load and in a run.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace unary_test {

using namespace moonlet::testing;
using Floats = std::vector<float>;
using Bytes8 = std::vector<int8_t>;
using Words = std::vector<int16_t>;

OperatorCase UnaryCase(BuiltinOperator code, TensorType type, int64_t zero = 0) {
  return {code,
          {{.shape = {4}, .type = type, .scales = {0.25f}, .zero_points = {zero}},
           {.shape = {4}, .type = type, .scales = {0.125f}, .zero_points = {zero}}},
          {0}};
}

Floats Of(BuiltinOperator code, const Floats& x) {
  return ResultOf<float>(UnaryCase(code, TensorType::FLOAT32), x);
}

TEST(Unary, Floats) {
  using Op = BuiltinOperator;
  EXPECT_EQ(Of(Op::ABS, {-1.5f, 2, -0.0f, -INFINITY}), (Floats{1.5f, 2, 0, INFINITY}));
  EXPECT_EQ(Of(Op::NEG, {-1.5f, 2, 0, INFINITY}), (Floats{1.5f, -2, 0, -INFINITY}));
  EXPECT_EQ(Of(Op::CEIL, {-1.5f, 1.25f, 0x1p-140f, 3}), (Floats{-1, 2, 0, 3}));
  EXPECT_EQ(Of(Op::FLOOR, {-1.5f, 1.25f, -0x1p-140f, 3}), (Floats{-2, 1, 0, 3}));
  EXPECT_EQ(Of(Op::ROUND, {-1.5f, 2.5f, 0.49999997f, 8388609}), (Floats{-2, 2, 0, 8388609}));
  EXPECT_EQ(Of(Op::SQRT, {4, 2.25f, 0, INFINITY}), (Floats{2, 1.5f, 0, INFINITY}));
  EXPECT_EQ(Of(Op::RSQRT, {4, 0.25f, 0, INFINITY}), (Floats{0.5f, 2, INFINITY, 0}));
  EXPECT_EQ(Of(Op::SQUARE, {-3, 0.5f, 0, 1e30f}), (Floats{9, 0.25f, 0, INFINITY}));
  EXPECT_EQ(Of(Op::SIGN, {-3, 0.5f, -0.0f, NAN}), (Floats{-1, 1, 0, 0}));
  EXPECT_EQ(Of(Op::EXP, {0, -INFINITY, 100, -200}), (Floats{1, 0, INFINITY, 0}));
  EXPECT_EQ(Of(Op::LOG, {1, 0, INFINITY, 1}), (Floats{0, -INFINITY, INFINITY, 0}));
  EXPECT_EQ(Of(Op::SIN, {0, 1e-20f, 0, 0}), (Floats{0, 1e-20f, 0, 0}));
  EXPECT_EQ(Of(Op::COS, {0, 1e-20f, 0, 0}), (Floats{1, 1, 1, 1}));
  // What the reference makes of a tie from below.
  const Floats zero = Of(Op::ROUND, {-0.5f, -0.25f, -0.0f, 0});
  EXPECT_FALSE(std::signbit(zero[0]) || std::signbit(zero[1]) || !std::signbit(zero[2]));
}

TEST(Unary, Integers) {
  EXPECT_EQ(
      ResultOf<int8_t>(UnaryCase(BuiltinOperator::ABS, TensorType::INT8, -10), {-128, -12, -10, 0}),
      (Bytes8{127, -6, -10, 10}));
  const OperatorCase words = UnaryCase(BuiltinOperator::ABS, TensorType::INT16);
  EXPECT_EQ(ResultOf<int16_t>(words, {-32768, -5, 0, 5}), (Words{32767, 10, 0, 10}));
  OperatorCase plain = words;
  plain.tensors[0].scales = plain.tensors[1].scales = {};
  plain.tensors[0].zero_points = plain.tensors[1].zero_points = {};
  EXPECT_EQ(ResultOf<int16_t>(plain, {-32768, -5, 0, 5}), (Words{-32768, 5, 0, 5}));
  // Inputs of 0, 1/4, 1 and 4.
  EXPECT_EQ(
      ResultOf<int8_t>(UnaryCase(BuiltinOperator::RSQRT, TensorType::INT8, -3), {-3, -2, 1, 13}),
      (Bytes8{127, 13, 5, 1}));
  EXPECT_EQ(ResultOf<int16_t>(UnaryCase(BuiltinOperator::RSQRT, TensorType::INT16), {0, 1, 4, 16}),
            (Words{32767, 16, 8, 4}));
}

TEST(Unary, Refusals) {
  for (const TensorType type : {TensorType::INT8, TensorType::INT16, TensorType::FLOAT32})
    ExpectRefusals(
        UnaryCase(BuiltinOperator::RSQRT, type),
        {{[](OperatorCase& c) {
            c.inputs = {0, 0};
          },
          "2 inputs, expected 1 to 1"},
         {[](OperatorCase& c) { c.output().type = TensorType::INT32; }, "not supported from "},
         {[](OperatorCase& c) {
            c.output().shape = {2, 2};
          },
          "has shape {2, 2}, expected {4}"}});
  for (const auto code : {BuiltinOperator::ABS, BuiltinOperator::RSQRT}) {
    ExpectRefusals(
        UnaryCase(code, TensorType::INT8),
        {{[](OperatorCase& c) { c.tensors[0].scales = {}, c.tensors[0].zero_points = {}; },
          "input (tensor 0 't0') has 0 scales, expected 1"},
         {[](OperatorCase& c) { c.output().scales = {}, c.output().zero_points = {}; },
          "output (tensor 1 't1') has 0 scales, expected 1"},
         {[](OperatorCase& c) {
            c.tensors[0].scales = {3e38f};
            c.output().scales = {1e-38f};
          },
          code == BuiltinOperator::ABS ? "scales 3e+38 and 1e-38 are out of range" : ""}});
    ExpectRefusals(UnaryCase(code, TensorType::INT16),
                   {{[](OperatorCase& c) { c.tensors[0].zero_points = {1}; },
                     "input (tensor 0 't0') has zero point 1, expected 0"},
                    {[](OperatorCase& c) { c.output().zero_points = {-1}; },
                     "output (tensor 1 't1') has zero point -1, expected 0"}});
  }
}

// Runs a model of float32 or int8 whose refusal comes from the values.
template <typename T>
std::string RunRefusal(const OperatorCase& c, const std::vector<T>& values) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  std::memcpy(m.session().input(0).data, values.data(), values.size() * sizeof(T));
  const Status s = m.Run();
  EXPECT_TRUE(s.ok() || s.code() == Code::kInvalid);
  return s.what();
}

TEST(Unary, ARootOfANegativeNumberFailsTheRun) {
  const OperatorCase bytes = UnaryCase(BuiltinOperator::RSQRT, TensorType::INT8, 5);
  EXPECT_EQ(RunRefusal<int8_t>(bytes, {5, 6, 127, 5}), "");
  EXPECT_EQ(RunRefusal<int8_t>(bytes, {5, 6, 4, 5}),
            "operator 1 RSQRT: the root of a negative number");
  const OperatorCase words = UnaryCase(BuiltinOperator::RSQRT, TensorType::INT16);
  EXPECT_EQ(RunRefusal<int16_t>(words, {0, -1, 0, 0}),
            "operator 1 RSQRT: the root of a negative number");
}

// The second input is a constant.
OperatorCase FloorCase(BuiltinOperator code, const Floats& b) {
  return {code,
          {{.shape = {2, 2}},
           {.shape = {static_cast<int32_t>(b.size())}, .data = DataOf(b)},
           {.shape = {2, 2}}},
          {0, 1}};
}

TEST(FloorDiv, Runs) {
  const auto div = BuiltinOperator::FLOOR_DIV;
  const auto mod = BuiltinOperator::FLOOR_MOD;
  EXPECT_EQ(ResultOf<float>(FloorCase(div, {2, -2}), {7, 7, -7.5f, -6}), (Floats{3, -4, -4, 3}));
  EXPECT_EQ(ResultOf<float>(FloorCase(mod, {2, -2}), {7, 7, -7.5f, -6}), (Floats{1, -1, 0.5f, 0}));
  // In float32 the quotient, 12925071.54, would be rounded up.
  EXPECT_EQ(ResultOf<float>(FloorCase(div, {1.1f}), {14217579, 1.1f, 0, -1}),
            (Floats{12925071, 1, 0, -1}));
  const Floats by_zero = ResultOf<float>(FloorCase(mod, {0, 2}), {1, 3, 5, -3});
  EXPECT_TRUE(std::isnan(by_zero[0]) && std::isnan(by_zero[2]));
  EXPECT_EQ(by_zero[1], 1);
  EXPECT_EQ(RunRefusal<float>(FloorCase(div, {2, 0}), {1, 1, 1, 1}),
            "operator 1 FLOOR_DIV: a divisor is 0");
  EXPECT_EQ(RunRefusal<float>(FloorCase(div, {-0x1p-140f}), {1, 1, 1, 1}),
            "operator 1 FLOOR_DIV: a divisor is 0");
}

TEST(FloorDiv, Refusals) {
  for (const auto code : {BuiltinOperator::FLOOR_DIV, BuiltinOperator::FLOOR_MOD})
    ExpectRefusals(
        FloorCase(code, {1, 2}),
        {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
         {[](OperatorCase& c) { c.tensors[1].type = TensorType::INT32; },
          "second input (tensor 1 't1') is int32, expected float32"},
         {[](OperatorCase& c) {
            c.tensors[0].shape = c.output().shape = {2, 3};
          },
          "inputs of shapes {2, 3} and {2} do not fit each other"},
         {[](OperatorCase& c) { c.output().shape = {4}; }, "has shape {4}, expected {2, 2}"},
         {[](OperatorCase& c) {
            for (TensorSpec& t : c.tensors) t.type = TensorType::INT32;
          },
          "not supported from int32 to int32"}});
}

OperatorCase CumsumCase(TensorType type, int32_t axis, bool exclusive = false, bool reverse = false,
                        int64_t zero = 0) {
  const TensorSpec tensor = {
      .shape = {2, 3}, .type = type, .scales = {0.5f}, .zero_points = {zero}};
  return {BuiltinOperator::CUMSUM,
          {tensor,
           {.shape = {}, .type = TensorType::INT32, .data = DataOf(std::vector<int32_t>{axis})},
           tensor},
          {0, 1},
          BuiltinOptions::CumsumOptions,
          [=](flatbuffers::FlatBufferBuilder& fbb) {
            return tflite::CreateCumsumOptions(fbb, exclusive, reverse).Union();
          }};
}

TEST(Cumsum, Runs) {
  const Floats x = {1, 2, 3, 4, 5, 6};
  const auto floats = [&x](int32_t axis, bool exclusive, bool reverse) {
    return ResultOf<float>(CumsumCase(TensorType::FLOAT32, axis, exclusive, reverse), x);
  };
  EXPECT_EQ(floats(0, false, false), (Floats{1, 2, 3, 5, 7, 9}));
  EXPECT_EQ(floats(1, false, true), (Floats{6, 5, 3, 15, 11, 6}));
  EXPECT_EQ(floats(-1, true, false), (Floats{0, 1, 3, 0, 4, 9}));
  EXPECT_EQ(floats(-2, true, true), (Floats{4, 5, 6, 0, 0, 0}));
  EXPECT_EQ(ResultOf<int8_t>(CumsumCase(TensorType::INT8, 1), {1, 2, -5, 100, 100, -5}),
            (Bytes8{1, 3, -2, 100, 127, 127}));
  // As in the reference, sums start at that of -zero_point.
  EXPECT_EQ(
      ResultOf<int8_t>(CumsumCase(TensorType::INT8, 1, false, false, 10), {10, 10, 10, 11, 12, 13}),
      (Bytes8{0, 0, 0, 1, 3, 6}));
}

TEST(Cumsum, Refusals) {
  ExpectRefusals(
      CumsumCase(TensorType::INT8, 1),
      {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
       {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "options are missing"},
       {[](OperatorCase& c) { c = CumsumCase(TensorType::INT8, 2); }, "axis 2 in the file"},
       {[](OperatorCase& c) { c = CumsumCase(TensorType::INT8, -3); }, "axis -3 in the file"},
       {[](OperatorCase& c) { c.tensors[1].data = {}; }, "axis (tensor 1 't1') is computed"},
       {[](OperatorCase& c) {
          c.tensors[1].shape = {2};
          c.tensors[1].data = DataOf(std::vector<int32_t>{0, 1});
        },
        "axis (tensor 1 't1') has shape {2}, expected one element"},
       {[](OperatorCase& c) {
          c.tensors[1].type = TensorType::INT64;
          c.tensors[1].data = DataOf(std::vector<int64_t>{0});
        },
        "axis (tensor 1 't1') is int64, expected int32"},
       {[](OperatorCase& c) {
          c.output().shape = {3, 2};
        },
        "has shape {3, 2}, expected {2, 3}"},
       {[](OperatorCase& c) { c.tensors[0].scales = {}, c.tensors[0].zero_points = {}; },
        "input (tensor 0 't0') has 0 scales"},
       {[](OperatorCase& c) { c.output().scales = {0x1p-20f}; },
        "scale 0.5 does not go with the output's 9.53674e-07"},
       {[](OperatorCase& c) { c.output().scales = {0x1p-19f}; }, ""},
       {[](OperatorCase& c) { c.output().type = TensorType::INT16; },
        "not supported from int8 to int16"}});
}

}  // namespace unary_test
}  // namespace moonlet
