// ADD int32, DIV, MAXIMUM and MINIMUM: what they compute and refuse.
#include <gtest/gtest.h>

#include "tests/engine/nn/edit.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace pair_test {

using namespace moonlet::testing;
constexpr auto kS32 = TensorType::INT32;

// Two tensors and their result.
struct Parts {
  BuiltinOperator code;
  TensorSpec a = {.shape = {2, 2}, .type = kS32};
  TensorSpec b = {.shape = {2}, .type = kS32, .data = DataOf(std::vector<int32_t>{3, -2})};
  TensorSpec y = {.shape = {2, 2}, .type = kS32};
  bool options = true;
  ActivationFunctionType activation = ActivationFunctionType::NONE;
};

std::vector<uint8_t> Write(const Parts& p) {
  ModelBuilder b;
  const int x = b.Add(p.a);
  const int c = b.Add(p.b);
  const int y = b.Add(p.y);
  BuiltinOptions type = BuiltinOptions::NONE;
  flatbuffers::Offset<void> options = 0;
  if (p.options && p.code == BuiltinOperator::ADD) {
    type = BuiltinOptions::AddOptions;
    options = tflite::CreateAddOptions(b.buffer(), p.activation).Union();
  } else if (p.options && p.code == BuiltinOperator::DIV) {
    type = BuiltinOptions::DivOptions;
    options = tflite::CreateDivOptions(b.buffer(), p.activation).Union();
  }
  b.Add(p.code, {x, c}, {y}, type, options);
  return b.Finish({x}, {y});
}

std::vector<int32_t> Result(const Parts& p) {
  OpenedModel m(Write(p));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return {};
  const int32_t x[] = {7, 7, -8, -9};
  std::memcpy(m.session().input(0).data, x, sizeof(x));
  EXPECT_TRUE(m.Run().ok());
  const auto* y = m.session().output(0).as<int32_t>();
  return {y, y + 4};
}

std::string Refusal(const Parts& p) {
  OpenedModel m(Write(p));
  return m.status().ok() ? "" : m.status().what();
}

TEST(PairTest, Int32) {
  using Values = std::vector<int32_t>;
  EXPECT_EQ(Result({BuiltinOperator::ADD}), (Values{10, 5, -5, -11}));
  EXPECT_EQ(Result({BuiltinOperator::DIV}), (Values{2, -3, -2, 4}));
  EXPECT_EQ(Result({BuiltinOperator::MAXIMUM}), (Values{7, 7, 3, -2}));
  EXPECT_EQ(Result({BuiltinOperator::MINIMUM}), (Values{3, -2, -8, -9}));
}

// ADD int32 leaves its activation out, as the reference does.
TEST(PairTest, ActivationsOfInt32) {
  using Values = std::vector<int32_t>;
  constexpr auto kRelu = ActivationFunctionType::RELU;
  EXPECT_EQ(Result({.code = BuiltinOperator::ADD, .activation = kRelu}), (Values{10, 5, -5, -11}));
  EXPECT_EQ(Result({.code = BuiltinOperator::DIV, .activation = kRelu}), (Values{2, 0, 0, 4}));
}

TEST(PairTest, Refusals) {
  for (const auto code : {BuiltinOperator::ADD, BuiltinOperator::DIV, BuiltinOperator::MAXIMUM,
                          BuiltinOperator::MINIMUM}) {
    SCOPED_TRACE(tflite::EnumNameBuiltinOperator(code));
    const auto refusal = [code](const Edit<Parts>& change) {
      Parts p = {code};
      change(p);
      return Refusal(p);
    };
    const auto contains = [](const std::string& text, const char* words) {
      EXPECT_NE(text.find(words), std::string::npos) << text;
    };
    contains(refusal([](Parts& p) { p.b.shape = {1, 1, 2}; }), "expected {1, 2, 2}");
    contains(refusal([](Parts& p) { p.a.shape = {4}, p.y.shape = {4}; }), "do not fit each other");
    contains(refusal([](Parts& p) { p.b.type = TensorType::FLOAT32; }),
             "second input (tensor 1 't1') is float32, expected int32");
    contains(refusal([](Parts& p) { p.y.type = TensorType::FLOAT32; }), "int32");
    contains(refusal([](Parts& p) { p.a.type = TensorType::BOOL; }), "not supported from bool");
    if (code == BuiltinOperator::MAXIMUM || code == BuiltinOperator::MINIMUM) continue;
    contains(refusal([](Parts& p) { p.options = false; }), "its options are missing");
    contains(refusal([](Parts& p) { p.activation = static_cast<ActivationFunctionType>(9); }),
             "fused activation 9 does not exist");
    contains(refusal([](Parts& p) { p.a.scales = {0.5f}; }),
             "first input (tensor 0 't0') has a scale, expected none");
    contains(refusal([](Parts& p) { p.b.scales = {0.5f}; }), "second input");
  }
}

}  // namespace pair_test
}  // namespace moonlet
