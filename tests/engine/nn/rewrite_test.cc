// What operators need not run: the same results with a step less.
#include "engine/nn/rewrite.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "tests/engine/nn/fates_of.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/rewritten_model.h"
#include "tests/engine/nn/section_of.h"

namespace moonlet {
namespace rewrite_test {

using namespace moonlet::testing;

// A PAD and the convolution behind it.
struct Padded {
  TensorType type = TensorType::INT8;
  bool depthwise = false;
  std::vector<int32_t> paddings = {0, 0, 1, 1, 1, 1, 0, 0};
  int32_t height = 5, width = 6, channels = 3, kernel_y = 3, kernel_x = 3;
  int32_t stride = 1, dilation = 1, batches = 1;
  tflite::Padding padding = tflite::Padding::VALID;
  int64_t zero = -5;
  int64_t border = -5;  // of PADV2, where it is another one
  float padded_scale = 0.5f;
  bool also_output = false;
};

int32_t OutputLength(const Padded& c, int32_t input, int32_t kernel) {
  const int32_t extent = (kernel - 1) * c.dilation + 1;
  if (c.padding == tflite::Padding::SAME) return (input + c.stride - 1) / c.stride;
  return (input - extent) / c.stride + 1;
}

// With `planned`, a file that tells where its tensors lie, which nothing is folded in.
std::vector<uint8_t> FileOf(const Padded& c, bool planned) {
  ModelBuilder b;
  const bool int8 = c.type == TensorType::INT8;
  const int64_t zero = int8 ? c.zero : 0;
  const int32_t height = c.height + c.paddings[2] + c.paddings[3];
  const int32_t width = c.width + c.paddings[4] + c.paddings[5];
  const int x = b.Add({.shape = {c.batches, c.height, c.width, c.channels},
                       .type = c.type,
                       .scales = {0.5f},
                       .zero_points = {zero}});
  const int p = b.Add(
      {.shape = {4, 2}, .type = TensorType::INT32, .data = testing::DataOf<int32_t>(c.paddings)});
  const int padded = b.Add({.shape = {c.batches, height, width, c.channels},
                            .type = c.type,
                            .scales = {c.padded_scale},
                            .zero_points = {zero}});
  if (c.border == c.zero || !int8) {
    b.Add(BuiltinOperator::PAD, {x, p}, {padded});
  } else {
    const int value = b.Add({.shape = {1},
                             .type = c.type,
                             .scales = {c.padded_scale},
                             .zero_points = {zero},
                             .data = {static_cast<uint8_t>(c.border)}});
    b.Add(BuiltinOperator::PADV2, {x, p, value}, {padded});
  }
  const int32_t filters = c.depthwise ? 1 : 4;
  const int32_t out_channels = c.depthwise ? c.channels : 4;
  std::vector<int8_t> weights(static_cast<size_t>(filters * c.kernel_y * c.kernel_x * c.channels));
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int8_t>(i * 37 + 11);
  const int filter = b.Add({.shape = {filters, c.kernel_y, c.kernel_x, c.channels},
                            .type = TensorType::INT8,
                            .scales = {0.02f},
                            .data = testing::DataOf(weights)});
  const int y = b.Add({.shape = {c.batches, OutputLength(c, height, c.kernel_y),
                                 OutputLength(c, width, c.kernel_x), out_channels},
                       .type = c.type,
                       .scales = {int8 ? 1.0f : 0.01f},
                       .zero_points = {int8 ? 7 : 0}});
  const auto none = ActivationFunctionType::NONE;
  if (c.depthwise) {
    const auto options = tflite::CreateDepthwiseConv2DOptions(
        b.buffer(), c.padding, c.stride, c.stride, 1, none, c.dilation, c.dilation);
    b.Add(BuiltinOperator::DEPTHWISE_CONV_2D, {padded, filter}, {y},
          BuiltinOptions::DepthwiseConv2DOptions, options.Union());
  } else {
    const auto options = tflite::CreateConv2DOptions(b.buffer(), c.padding, c.stride, c.stride,
                                                     none, c.dilation, c.dilation);
    b.Add(BuiltinOperator::CONV_2D, {padded, filter}, {y}, BuiltinOptions::Conv2DOptions,
          options.Union());
  }
  if (planned)
    b.AddOfflinePlan(std::vector<int32_t>(5 + (c.border == c.zero || !int8 ? 0 : 1), -1));
  if (c.also_output) return b.Finish({x}, {padded, y});
  return b.Finish({x}, {y});
}

// Whether the PAD is folded, and that the results are the same in either case.
bool IsFolded(const Padded& c, uint32_t seed = 1) {
  OpenedModel apart(FileOf(c, true));
  OpenedModel m(FileOf(c, false));
  EXPECT_EQ(KindsOf(apart), (std::vector{Fate::kRuns, Fate::kRuns}));
  EXPECT_EQ(OutputsOf(m.session(), seed), OutputsOf(apart.session(), seed));
  const OperatorFate fate = FatesOf(m.model())[0];
  if (fate.fate == Fate::kFolded) {
    EXPECT_EQ(fate.into, 1);
    EXPECT_LT(m.session().arena_bytes(), apart.session().arena_bytes());
  }
  return fate.fate == Fate::kFolded;
}

TEST(RewriteTest, BordersOfZeroPointsAreFoldedIntoConvolutions) {
  std::mt19937 random(8);
  const auto below = [&random](int32_t n) { return static_cast<int32_t>(random() % n); };
  int folded = 0;
  for (uint32_t round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    Padded c;
    c.type = below(3) > 0 ? TensorType::INT8 : TensorType::INT16;
    c.depthwise = below(2) == 0;
    c.paddings = {0, 0, below(4), below(4), below(4), below(4), 0, 0};
    c.batches = 1 + below(2);
    c.kernel_y = 1 + below(4);
    c.kernel_x = 1 + below(4);
    c.height = 8 + below(3);
    c.width = 8 + below(3);
    c.channels = 1 + below(20);
    c.stride = 1 + below(3);
    c.dilation = 1 + below(2);
    c.padding = below(2) == 0 ? tflite::Padding::SAME : tflite::Padding::VALID;
    c.zero = c.border = std::vector<int64_t>{-128, 127, 0, -3}[static_cast<size_t>(below(4))];
    if (IsFolded(c, round)) ++folded;
  }
  EXPECT_GT(folded, 50);
}

TEST(RewriteTest, OtherBordersAreNot) {
  EXPECT_TRUE(IsFolded({}));
  EXPECT_FALSE(IsFolded({.border = 3}));
  EXPECT_FALSE(IsFolded({.padded_scale = 0.25f}));
  EXPECT_FALSE(IsFolded({.paddings = {0, 0, 3, 0, 1, 1, 0, 0}}));  // a row of nothing but border
  EXPECT_FALSE(IsFolded({.paddings = {0, 0, 0, 3, 1, 1, 0, 0}}));
  EXPECT_TRUE(IsFolded({.paddings = {0, 0, 2, 2, 0, 0, 0, 0}}));
  EXPECT_FALSE(IsFolded({.also_output = true}));
}

TensorSpec Bytes(const std::vector<int32_t>& shape, float scale = 0.5f) {
  return {.shape = shape, .type = TensorType::INT8, .scales = {scale}};
}

TEST(RewriteTest, WhatNobodyReadsIsDropped) {
  ModelBuilder b;
  const int x = b.Add(Bytes({2, 8}));
  const int shape = b.Add({.shape = {2}, .type = TensorType::INT32});
  const int twice = b.Add({.shape = {2}, .type = TensorType::INT32});
  const int unused = b.Add(Bytes({2, 8}));
  const int flat = b.Add(Bytes({16}));
  const int y = b.Add(Bytes({16}));
  b.Add(BuiltinOperator::SHAPE, {x}, {shape}, BuiltinOptions::ShapeOptions,
        tflite::CreateShapeOptions(b.buffer(), TensorType::INT32).Union());
  b.Add(BuiltinOperator::ADD, {shape, shape}, {twice}, BuiltinOptions::AddOptions,
        tflite::CreateAddOptions(b.buffer()).Union());
  b.Add(BuiltinOperator::RELU, {x}, {unused});
  b.Add(BuiltinOperator::RESHAPE, {x, twice}, {flat});
  b.Add(BuiltinOperator::RELU, {flat}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_EQ(KindsOf(m), (std::vector{Fate::kDropped, Fate::kDropped, Fate::kDropped, Fate::kAlias,
                                     Fate::kRuns}));
  EXPECT_EQ(m.session().arena_bytes(), 32u);
  const std::vector<uint8_t> outputs = OutputsOf(m.session(), 5);
  std::mt19937 random(5);
  for (const uint8_t value : outputs)
    EXPECT_EQ(static_cast<int8_t>(value), std::max(0, int{static_cast<int8_t>(random())}));
}

// The output's shape is the tensor's, whatever the first input says.
TEST(RewriteTest, TheShapeOfATransposedConvolutionIsDropped) {
  ModelBuilder b;
  const int x = b.Add(Bytes({1, 3, 3, 2}));
  const int shape = b.Add({.shape = {4}, .type = TensorType::INT32});
  const int filter = b.Add({.shape = {2, 1, 1, 2},
                            .type = TensorType::INT8,
                            .scales = {1.0f},
                            .data = testing::DataOf<int8_t>({1, 0, 0, 1})});
  const int y = b.Add(Bytes({1, 3, 3, 2}));
  b.Add(BuiltinOperator::SHAPE, {x}, {shape}, BuiltinOptions::ShapeOptions,
        tflite::CreateShapeOptions(b.buffer(), TensorType::INT32).Union());
  b.Add(BuiltinOperator::TRANSPOSE_CONV, {shape, filter, x}, {y},
        BuiltinOptions::TransposeConvOptions,
        tflite::CreateTransposeConvOptions(b.buffer(), tflite::Padding::SAME, 1, 1).Union());
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_EQ(KindsOf(m), (std::vector{Fate::kDropped, Fate::kRuns}));
  std::vector<uint8_t> inputs(18);
  std::mt19937 random(5);
  for (uint8_t& input : inputs) input = static_cast<uint8_t>(random());
  EXPECT_EQ(OutputsOf(m.session(), 5), inputs);
}

// A dead operator that could not run is refused as ever.
TEST(RewriteTest, RefusalsAreThoseOfTheFile) {
  ModelBuilder b;
  const int x = b.Add(Bytes({2, 8}));
  const int unused = b.Add(Bytes({2, 9}));
  const int y = b.Add(Bytes({2, 8}));
  b.Add(BuiltinOperator::RELU, {x}, {y});
  b.Add(BuiltinOperator::RELU, {x}, {unused});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_STREQ(m.status().what(),
               "operator 2 RELU: output (tensor 1 't1') has shape {2, 9}, expected {2, 8}");
}

std::vector<uint8_t> AliasModel(bool planned) {
  ModelBuilder b;
  const int x = b.Add({.shape = {16}, .type = TensorType::INT8, .scales = {0.5f}});
  std::vector<int> t;
  for (int i = 0; i < 5; ++i)
    t.push_back(
        b.Add({.shape = {16}, .type = TensorType::INT8, .scales = {0.5f}, .zero_points = {-128}}));
  const int other = b.Add(Bytes({16}));
  b.Add(BuiltinOperator::RELU, {x}, {t[0]});         // to another zero point
  b.Add(BuiltinOperator::RELU, {t[0]}, {t[1]});      // nothing is below that one
  b.Add(BuiltinOperator::QUANTIZE, {t[1]}, {t[2]});  // one table with the former
  b.Add(BuiltinOperator::QUANTIZE, {t[0]}, {t[3]});
  b.Add(BuiltinOperator::ABS, {t[3]}, {other});
  b.Add(BuiltinOperator::ADD, {t[2], other}, {t[4]}, BuiltinOptions::AddOptions,
        tflite::CreateAddOptions(b.buffer()).Union());
  if (planned) b.AddOfflinePlan(std::vector<int32_t>(7, -1));
  return b.Finish({x}, {t[4]});
}

TEST(RewriteTest, WhatChangesNothingIsAnAlias) {
  OpenedModel m(AliasModel(false));
  EXPECT_EQ(KindsOf(m), (std::vector{Fate::kRuns, Fate::kAlias, Fate::kFolded, Fate::kRuns,
                                     Fate::kFolded, Fate::kRuns}));
  OpenedModel apart(AliasModel(true));
  EXPECT_EQ(OutputsOf(m.session(), 5), OutputsOf(apart.session(), 5));
}

TEST(RewriteTest, AllOfItTogether) {
  OpenedModel m(RewrittenModel());
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  EXPECT_EQ(KindsOf(m), (std::vector{Fate::kComputed, Fate::kComputed, Fate::kComputed,
                                     Fate::kComputed, Fate::kFolded, Fate::kRuns, Fate::kFolded,
                                     Fate::kFolded, Fate::kRuns, Fate::kFolded}));
  const SectionBytes section = SectionOf(m.model());
  PreparedModel prepared;
  ASSERT_TRUE(prepared.Open(section.span(), kSomeTie).ok());
  Session session;
  ASSERT_TRUE(Session::Open(m.model(), prepared, MallocAllocator(), &session).ok());
  EXPECT_EQ(OutputsOf(session, 7), OutputsOf(m.session(), 7));
}

}  // namespace rewrite_test
}  // namespace moonlet
