// Clamps and tables in the step of the operator before them: the same bytes with a step less.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/nn/rewrite.h"
#include "tests/engine/nn/custom_case.h"
#include "tests/engine/nn/fates_of.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace rewrite_fusions_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;

const std::vector<int32_t> kImage = {1, 4, 4, 8};

// An operator and the clamps behind it.
struct Clamped {
  Op code = Op::CONV_2D;
  TensorType type = TensorType::INT8;
  ActivationFunctionType fused = ActivationFunctionType::NONE;
  std::vector<Op> clamps = {Op::RELU};
  float scale = 0.05f;
  int64_t zero = -20;
  float clamped_scale = 0.05f;  // of what the first clamp gives
  bool also_output = false;     // what goes into it is an output too
  bool read_twice = false;
};

bool Pools(Op code) { return code == Op::AVERAGE_POOL_2D || code == Op::MAX_POOL_2D; }

TensorSpec ImageOf(const Clamped& c, float scale) {
  const int64_t zero = c.type == TensorType::INT8 ? c.zero : 0;
  return {.shape = kImage, .type = c.type, .scales = {scale}, .zero_points = {zero}};
}

int AddFilter(ModelBuilder& b, const std::vector<int32_t>& shape) {
  int32_t count = 1;
  for (const int32_t length : shape) count *= length;
  std::vector<int8_t> weights(static_cast<size_t>(count));
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int8_t>(i * 37 + 11);
  return b.Add({.shape = shape,
                .type = TensorType::INT8,
                .scales = {0.02f},
                .data = testing::DataOf(weights)});
}

void AddLayer(ModelBuilder& b, const Clamped& c, int x, int y) {
  auto& fbb = b.buffer();
  constexpr auto kSame = tflite::Padding::SAME;
  switch (c.code) {
    case Op::CONV_2D:
      return b.Add(c.code, {x, AddFilter(b, {8, 3, 3, 8})}, {y}, BuiltinOptions::Conv2DOptions,
                   tflite::CreateConv2DOptions(fbb, kSame, 1, 1, c.fused).Union());
    case Op::DEPTHWISE_CONV_2D:
      return b.Add(c.code, {x, AddFilter(b, {1, 3, 3, 8})}, {y},
                   BuiltinOptions::DepthwiseConv2DOptions,
                   tflite::CreateDepthwiseConv2DOptions(fbb, kSame, 1, 1, 1, c.fused).Union());
    case Op::FULLY_CONNECTED:
      return b.Add(c.code, {x, AddFilter(b, {8, 8})}, {y}, BuiltinOptions::FullyConnectedOptions,
                   tflite::CreateFullyConnectedOptions(fbb, c.fused).Union());
    case Op::TRANSPOSE_CONV: {
      const int shape =
          b.Add({.shape = {4}, .type = TensorType::INT32, .data = testing::DataOf(kImage)});
      return b.Add(c.code, {shape, AddFilter(b, {8, 3, 3, 8}), x}, {y},
                   BuiltinOptions::TransposeConvOptions,
                   tflite::CreateTransposeConvOptions(fbb, kSame, 1, 1, c.fused).Union());
    }
    case Op::ADD:
      return b.Add(c.code, {x, x}, {y}, BuiltinOptions::AddOptions,
                   tflite::CreateAddOptions(fbb, c.fused).Union());
    case Op::SUB:
      return b.Add(c.code, {x, b.Add(ImageOf(c, 0.03f))}, {y}, BuiltinOptions::SubOptions,
                   tflite::CreateSubOptions(fbb, c.fused).Union());
    case Op::MUL:
      return b.Add(c.code, {x, x}, {y}, BuiltinOptions::MulOptions,
                   tflite::CreateMulOptions(fbb, c.fused).Union());
    default:
      return b.Add(c.code, {x}, {y}, BuiltinOptions::Pool2DOptions,
                   tflite::CreatePool2DOptions(fbb, kSame, 1, 1, 3, 2, c.fused).Union());
  }
}

// With `planned`, a file that tells where its tensors lie, in which nothing is folded.
std::vector<uint8_t> FileOf(const Clamped& c, bool planned) {
  ModelBuilder b;
  const int x = b.Add(ImageOf(c, Pools(c.code) ? c.scale : 0.07f));
  int last = b.Add(ImageOf(c, c.scale));
  int tensors = 2;
  std::vector<int> inputs = {x}, outputs;
  if (c.code == Op::SUB) inputs.push_back(tensors);
  const int before_layer = last;
  AddLayer(b, c, x, last);
  const bool filters =
      c.code == Op::CONV_2D || c.code == Op::DEPTHWISE_CONV_2D || c.code == Op::FULLY_CONNECTED;
  tensors += filters || c.code == Op::SUB ? 1 : c.code == Op::TRANSPOSE_CONV ? 2 : 0;
  if (c.also_output) outputs.push_back(last);
  for (size_t i = 0; i < c.clamps.size(); ++i) {
    const int next = b.Add(ImageOf(c, c.clamped_scale));
    b.Add(c.clamps[i], {last}, {next});
    last = next;
    ++tensors;
  }
  outputs.push_back(last);
  if (c.read_twice) {
    const int other = b.Add(ImageOf(c, c.scale));
    b.Add(Op::ABS, {before_layer}, {other});
    outputs.push_back(other);
    ++tensors;
  }
  if (planned) b.AddOfflinePlan(std::vector<int32_t>(static_cast<size_t>(tensors), -1));
  return b.Finish(inputs, outputs);
}

// How many of the clamps are folded into the first operator, and that all bytes are the same.
int FoldedClamps(const Clamped& c, uint32_t seed = 1) {
  OpenedModel apart(FileOf(c, true));
  OpenedModel m(FileOf(c, false));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  EXPECT_TRUE(apart.status().ok()) << apart.status().what();
  if (!m.status().ok() || !apart.status().ok()) return -1;
  EXPECT_EQ(OutputsOf(m.session(), seed), OutputsOf(apart.session(), seed));
  int folded = 0;
  for (const OperatorFate& fate : FatesOf(m.model()))
    if (fate.fate == Fate::kFolded && fate.into == 0) ++folded;
  EXPECT_EQ(KindsOf(m)[0], Fate::kRuns);
  return folded;
}

constexpr Op kLayers[] = {Op::ADD,
                          Op::AVERAGE_POOL_2D,
                          Op::CONV_2D,
                          Op::MAX_POOL_2D,
                          Op::DEPTHWISE_CONV_2D,
                          Op::FULLY_CONNECTED,
                          Op::MUL,
                          Op::SUB,
                          Op::TRANSPOSE_CONV};

TEST(RewriteFusionsTest, ClampsAreFoldedIntoWhatGivesTheirInput) {
  std::mt19937 random(3);
  const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
  constexpr Op kClamps[] = {Op::RELU, Op::RELU6, Op::RELU_N1_TO_1};
  constexpr ActivationFunctionType kFused[] = {
      ActivationFunctionType::NONE, ActivationFunctionType::RELU, ActivationFunctionType::RELU6,
      ActivationFunctionType::RELU_N1_TO_1};
  for (uint32_t round = 0; round < 360; ++round) {
    Clamped c;
    c.code = kLayers[round % std::size(kLayers)];
    c.type = below(3) > 0 ? TensorType::INT8 : TensorType::INT16;
    SCOPED_TRACE(::testing::Message()
                 << "round " << round << " " << tflite::EnumNameBuiltinOperator(c.code));
    c.fused = kFused[below(std::size(kFused))];
    c.clamps.resize(1 + below(3));
    for (Op& clamp : c.clamps) clamp = kClamps[below(std::size(kClamps))];
    c.zero = std::vector<int64_t>{-128, 127, 0, -3}[below(4)];
    c.scale = c.clamped_scale = std::vector<float>{0.05f, 0.01f, 0.9f, 0.0003f}[below(4)];
    EXPECT_EQ(FoldedClamps(c, round), static_cast<int>(c.clamps.size()));
  }
}

TEST(RewriteFusionsTest, OtherClampsAreNot) {
  EXPECT_EQ(FoldedClamps({}), 1);
  EXPECT_EQ(FoldedClamps({.clamped_scale = 0.04f}), 0);
  EXPECT_EQ(FoldedClamps({.also_output = true}), 0);
  EXPECT_EQ(FoldedClamps({.read_twice = true}), 0);
  EXPECT_EQ(FoldedClamps({.clamps = {Op::ABS}}), 0);
}

// Chains of tables -----------------------------------------------------------------------

struct Link {
  Op code;
  float scale;  // of what it gives
  int64_t zero;
};

void AddLink(ModelBuilder& b, const Link& link, int x, int y) {
  if (link.code == Op::LEAKY_RELU)
    return b.Add(link.code, {x}, {y}, BuiltinOptions::LeakyReluOptions,
                 tflite::CreateLeakyReluOptions(b.buffer(), 0.3f).Union());
  if (link.code == Op::GELU)
    return b.Add(link.code, {x}, {y}, BuiltinOptions::GeluOptions,
                 tflite::CreateGeluOptions(b.buffer(), false).Union());
  b.Add(link.code, {x}, {y});
}

std::vector<uint8_t> FileOf(const std::vector<Link>& chain, int32_t length, bool planned) {
  ModelBuilder b;
  int last =
      b.Add({.shape = {length}, .type = TensorType::INT8, .scales = {0.03f}, .zero_points = {5}});
  const int x = last;
  for (const Link& link : chain) {
    const int next = b.Add({.shape = {length},
                            .type = TensorType::INT8,
                            .scales = {link.scale},
                            .zero_points = {link.zero}});
    AddLink(b, link, last, next);
    last = next;
  }
  if (planned) b.AddOfflinePlan(std::vector<int32_t>(chain.size() + 1, -1));
  return b.Finish({x}, {last});
}

TEST(RewriteFusionsTest, ChainsOfTablesAreOne) {
  constexpr Op kLinks[] = {Op::ABS,      Op::ELU,   Op::GELU,         Op::HARD_SWISH,
                           Op::LOGISTIC, Op::RELU,  Op::LEAKY_RELU,   Op::QUANTIZE,
                           Op::TANH,     Op::RELU6, Op::RELU_N1_TO_1, Op::QUANTIZE};
  std::mt19937 random(4);
  const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
  for (uint32_t round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    std::vector<Link> chain(2 + below(4));
    for (Link& link : chain) {
      link = {kLinks[below(std::size(kLinks))], 0.01f * static_cast<float>(1 + below(9)),
              static_cast<int64_t>(below(256)) - 128};
      if (link.code == Op::LOGISTIC) link = {link.code, 1.0f / 256, -128};
      if (link.code == Op::TANH) link = {link.code, 1.0f / 128, 0};
    }
    OpenedModel apart(FileOf(chain, 1000, true));
    OpenedModel m(FileOf(chain, 1000, false));
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    ASSERT_TRUE(apart.status().ok()) << apart.status().what();
    EXPECT_EQ(OutputsOf(m.session(), round), OutputsOf(apart.session(), round));
    const std::vector<OperatorFate> fates = FatesOf(m.model());
    for (size_t i = 1; i < fates.size(); ++i) {
      EXPECT_EQ(fates[i].fate, Fate::kFolded);
      EXPECT_EQ(fates[i].into, 0);
    }
    EXPECT_LE(m.session().steps(), 1);
  }
}

// The ninth behind the first begins another chain.
TEST(RewriteFusionsTest, LongChainsAreSeveral) {
  std::vector<Link> chain(12, Link{Op::RELU, 0.01f, 3});
  for (size_t i = 0; i < chain.size(); ++i) chain[i].zero = static_cast<int64_t>(i);
  OpenedModel m(FileOf(chain, 100, false));
  OpenedModel apart(FileOf(chain, 100, true));
  EXPECT_EQ(OutputsOf(m.session(), 1), OutputsOf(apart.session(), 1));
  const std::vector<OperatorFate> fates = FatesOf(m.model());
  for (size_t i = 0; i < fates.size(); ++i) {
    EXPECT_EQ(fates[i].fate == Fate::kFolded, i % 9 != 0);
    if (i % 9 != 0) {
      EXPECT_EQ(fates[i].into, i / 9 * 9);
    }
  }
}

// Too few elements for a table.
TEST(RewriteFusionsTest, WhatHasNoTableIsNotPartOfAChain) {
  const std::vector<Link> chain = {{Op::ABS, 0.02f, 3}, {Op::LOGISTIC, 1.0f / 256, -128}};
  OpenedModel few(FileOf(chain, 60, false));
  EXPECT_EQ(KindsOf(few), (std::vector{Fate::kRuns, Fate::kRuns}));
  OpenedModel many(FileOf(chain, 64, false));
  EXPECT_EQ(KindsOf(many), (std::vector{Fate::kRuns, Fate::kFolded}));
}

// What comes behind an operator that may end a run is not there after such a run.
TEST(RewriteFusionsTest, NothingMovesAheadOfAnOperatorThatMayEndARun) {
  ModelBuilder b;
  const TensorSpec slot = {
      .shape = {1, 1, 1, 2}, .type = TensorType::INT8, .scales = {1.0f}, .zero_points = {-1}};
  TensorSpec slots = slot;
  slots.shape = {1, 3, 1, 2};
  slots.variable = true;
  const int x = b.Add(slot), before = b.Add(slot), buffer = b.Add(slots), y = b.Add(slot);
  b.Add(Op::ABS, {x}, {before});
  b.AddCustom("CIRCULAR_BUFFER", {x}, {buffer},
              OptionsOf({.name = "", .tensors = {}, .options = {{"cycles_max", 2}}}));
  b.Add(Op::RELU, {before}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_EQ(KindsOf(m), (std::vector{Fate::kRuns, Fate::kRuns, Fate::kRuns}));
  m.session().input(0).as<int8_t>()[0] = 5;
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<int8_t>()[0], 0);
  m.session().input(0).as<int8_t>()[0] = 5;
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<int8_t>()[0], 5);
}

}  // namespace rewrite_fusions_test
}  // namespace moonlet
