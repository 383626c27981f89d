// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: a row of pixels, and what is refused.
#include <gtest/gtest.h>

#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace resize_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;

constexpr auto kS8 = TensorType::INT8;
constexpr auto kF32 = TensorType::FLOAT32;

WriteOptions ResizeOptions(Op code, bool corners, bool half) {
  return [=](flatbuffers::FlatBufferBuilder& fbb) {
    return code == Op::RESIZE_BILINEAR
               ? tflite::CreateResizeBilinearOptions(fbb, corners, half).Union()
               : tflite::CreateResizeNearestNeighborOptions(fbb, corners, half).Union();
  };
}

// {1, 1, 3, 1} to a row of `width`.
OperatorCase ResizeCase(Op code, TensorType type, int32_t width, bool corners, bool half) {
  return {code,
          {{.shape = {1, 1, 3, 1}, .type = type},
           {.shape = {2}, .type = TensorType::INT32, .data = DataOf<int32_t>({1, width})},
           {.shape = {1, 1, width, 1}, .type = type}},
          {0, 1},
          code == Op::RESIZE_BILINEAR ? BuiltinOptions::ResizeBilinearOptions
                                      : BuiltinOptions::ResizeNearestNeighborOptions,
          ResizeOptions(code, corners, half)};
}

TEST(ResizeTest, Bilinear) {
  const auto real = [](bool corners, bool half) {
    return ResultOf<float>(ResizeCase(Op::RESIZE_BILINEAR, kF32, 6, corners, half), {0, 8, 32});
  };
  using F32 = std::vector<float>;
  EXPECT_EQ(real(false, false), (F32{0, 4, 8, 20, 32, 32}));
  EXPECT_EQ(real(false, true), (F32{0, 2, 6, 14, 26, 32}));
  const auto corners = real(true, false);  // positions 0, 0.4, 0.8 ..
  ASSERT_EQ(corners.size(), 6u);
  EXPECT_NEAR(corners[1], 3.2f, 1e-5);
  EXPECT_NEAR(corners[3], 12.8f, 1e-5);
  EXPECT_EQ(corners[5], 32);
  const auto s8 = [](bool c, bool half) {
    return ResultOf<int8_t>(ResizeCase(Op::RESIZE_BILINEAR, kS8, 6, c, half), {0, 8, -32});
  };
  using S8 = std::vector<int8_t>;
  EXPECT_EQ(s8(false, false), (S8{0, 4, 8, -12, -32, -32}));
  EXPECT_EQ(s8(false, true), (S8{0, 2, 6, -2, -22, -32}));
  EXPECT_EQ(s8(true, false), (S8{0, 3, 6, 0, -16, -32}));
}

// So many more pixels that a step of 1/1024 is too long: the last one goes on.
TEST(ResizeTest, ManyMorePixels) {
  const auto y =
      ResultOf<int8_t>(ResizeCase(Op::RESIZE_BILINEAR, kS8, 4096, false, false), {0, 8, 64});
  ASSERT_EQ(y.size(), 4096u);
  EXPECT_EQ(y[1024], 8);
  EXPECT_EQ(y[4095], 64);
}

TEST(ResizeTest, Nearest) {
  const auto at = [](int32_t width, bool corners, bool half) {
    return ResultOf<int16_t>(
        ResizeCase(Op::RESIZE_NEAREST_NEIGHBOR, TensorType::INT16, width, corners, half),
        {0, 8, 32});
  };
  using S16 = std::vector<int16_t>;
  EXPECT_EQ(at(6, false, false), (S16{0, 0, 8, 8, 32, 32}));
  EXPECT_EQ(at(2, false, false), (S16{0, 8}));
  EXPECT_EQ(at(2, false, true), (S16{0, 32}));
  EXPECT_EQ(at(2, true, false), (S16{0, 32}));
  EXPECT_EQ(at(5, true, false), (S16{0, 8, 8, 32, 32}));
}

TEST(ResizeTest, Refusals) {
  for (const Op code : {Op::RESIZE_BILINEAR, Op::RESIZE_NEAREST_NEIGHBOR}) {
    SCOPED_TRACE(tflite::EnumNameBuiltinOperator(code));
    ExpectRefusals(
        ResizeCase(code, kF32, 6, false, false),
        {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
         {[](OperatorCase& c) { c.type = BuiltinOptions::NONE; }, "its options are missing"},
         {[](OperatorCase& c) {
            c.tensors[0].shape = {1, 3, 1};
          },
          "input (tensor 0 't0') has shape {1, 3, 1}, expected rank 4"},
         {[](OperatorCase& c) { c.tensors[1].type = kF32; },
          "size (tensor 1 't1') is float32, expected int32"},
         {[](OperatorCase& c) { c.tensors[1].data = {}; }, "size (tensor 1 't1') is computed"},
         {[](OperatorCase& c) {
            c.tensors[1].shape = {1, 2};
          },
          "size (tensor 1 't1') has shape {1, 2}, expected {2}"},
         {[](OperatorCase& c) {
            c.tensors[1].data = DataOf<int32_t>({1, 5});
          },
          "output (tensor 2 't2') has shape {1, 1, 6, 1}, expected {1, 1, 5, 1}"},
         {[](OperatorCase& c) {
            c.tensors[1].data = DataOf<int32_t>({1, -6});
          },
          "{1, 1, -6, 1}"}});
  }
  ExpectRefusals(ResizeCase(Op::RESIZE_BILINEAR, kF32, 6, false, false),
                 {{[](OperatorCase& c) { c.options = ResizeOptions(c.code, true, true); },
                   "contradict each other"},
                  {[](OperatorCase& c) { c.output().type = kS8; }, "from float32 to int8"}});
  ExpectRefusals(ResizeCase(Op::RESIZE_NEAREST_NEIGHBOR, kF32, 6, false, false),
                 {{[](OperatorCase& c) { c.output().type = kS8; },
                   "output (tensor 2 't2') is int8, expected float32"}});
}

}  // namespace resize_test
}  // namespace moonlet
