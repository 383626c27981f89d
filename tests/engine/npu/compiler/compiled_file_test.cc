// What a compiled model's file looks like: the conventions that drivers and engines rely on.
#include <gtest/gtest.h>

#include <cstring>
#include <utility>
#include <vector>

#include "engine/npu/payload.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/npu/compiler/compiled_pair.h"
#include "tests/shared_data.h"

namespace moonlet::npu {
namespace compiled_file_test {

using namespace moonlet::npu::testing;
using moonlet::testing::ModelBuilder;
using moonlet::testing::ReadBytes;
using tflite::BuiltinOperator;
using tflite::BuiltinOptions;
using tflite::TensorType;

std::vector<int32_t> PlanOf(const Model& model) {
  const tflite::Model& root = *model.root();
  for (uint32_t i = 0; i < Count(root.metadata()); ++i) {
    const tflite::Metadata& entry = *root.metadata()->Get(i);
    if (View(entry.name()) != "OfflineMemoryAllocation") continue;
    std::span<const uint8_t> data;
    EXPECT_TRUE(moonlet::DataOf(model.bytes().span(), *root.buffers()->Get(entry.buffer()), &data));
    std::vector<int32_t> words(data.size() / sizeof(int32_t));
    std::memcpy(words.data(), data.data(), data.size());
    return words;
  }
  return {};
}

TEST(NpuCompiledFile, FollowsTheConventions) {
  CompiledPair pair(ReadBytes("scripts/apps/digits.tflite"), 128);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  const Model& model = pair.unit_model();
  ASSERT_EQ(Count(MainGraph(model).operators()), 1u);
  const Node node(model, 0);
  EXPECT_EQ(node.name(), "ethos-u");
  const auto* options = node.table().custom_options();
  ASSERT_EQ(Count(options), 3u);
  EXPECT_EQ(std::vector<uint8_t>(options->begin(), options->end()),
            (std::vector<uint8_t>{1, 4, 1}));
  ASSERT_EQ(node.inputs(), 5);
  ASSERT_EQ(node.outputs(), 1);
  for (int k = 0; k < 4; ++k) EXPECT_EQ(node.input(k).type(), TensorType::UINT8) << k;
  EXPECT_TRUE(node.input(0).constant());
  EXPECT_TRUE(node.input(1).constant());
  EXPECT_FALSE(node.input(2).constant());
  EXPECT_FALSE(node.input(3).constant());
  EXPECT_EQ(node.input(2).bytes(), static_cast<int64_t>(pair.compiled().arena));
  EXPECT_EQ(node.input(3).bytes(), node.input(2).bytes());
  EXPECT_EQ(node.input(4).index(), MainGraph(model).inputs()->Get(0));
  EXPECT_EQ(node.output(0).index(), MainGraph(model).outputs()->Get(0));
  // Nothing of the operators is left.
  EXPECT_EQ(Count(MainGraph(model).tensors()), 6u);
  EXPECT_EQ(Count(model.root()->operator_codes()), 1u);
}

TEST(NpuCompiledFile, StreamAndConstantsAreAligned) {
  CompiledPair pair(ReadBytes("scripts/apps/digits.tflite"), 128);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  const Node node(pair.unit_model(), 0);
  for (int k = 0; k < 2; ++k)
    EXPECT_EQ((node.input(k).data().data() - pair.unit_model().bytes().data()) % 16, 0) << k;
  Payload payload;
  ASSERT_TRUE(ReadPayload(node.input(0).data(), &payload).ok());
  EXPECT_EQ(payload.config_word, 0x1807u);
  EXPECT_EQ(payload.id_word, 0x10060000u);
  EXPECT_EQ((payload.stream.data() - node.input(0).data().data()) % 16, 0);
}

TEST(NpuCompiledFile, PlansWhatTheStreamAddresses) {
  CompiledPair pair(ReadBytes("scripts/apps/digits.tflite"), 128);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  const Model& model = pair.unit_model();
  const std::vector<int32_t> words = PlanOf(model);
  const uint32_t tensors = Count(MainGraph(model).tensors());
  ASSERT_EQ(words.size(), 3 + tensors);
  EXPECT_EQ(words[0], 0);
  EXPECT_EQ(words[1], 1);
  EXPECT_EQ(words[2], static_cast<int32_t>(tensors));
  const Node node(model, 0);
  const auto offset = [&](const ModelTensor& t) {
    return words[3 + static_cast<size_t>(t.index())];
  };
  EXPECT_EQ(offset(node.input(0)), -1);
  EXPECT_EQ(offset(node.input(1)), -1);
  EXPECT_EQ(offset(node.input(2)), 0);
  EXPECT_EQ(offset(node.input(3)), 0);
  for (const ModelTensor& t : {node.input(4), node.output(0)}) {
    EXPECT_GE(offset(t), 0);
    EXPECT_LE(offset(t) + t.bytes(), node.input(2).bytes());
  }
}

TEST(NpuCompiledFile, OperatorsOfTheCpuStandBetweenParts) {
  ModelBuilder b;
  const auto map = [&](std::vector<int32_t> shape, float scale, int64_t zero) {
    return b.Add({.shape = std::move(shape),
                  .type = TensorType::INT8,
                  .scales = {scale},
                  .zero_points = {zero}});
  };
  const std::vector<int32_t> axes = {0, 2, 1, 3};
  const int x = map({1, 4, 6, 8}, 0.1F, 3), p = map({1, 4, 6, 8}, 1.0F / 256, -128);
  const int q = map({1, 6, 4, 8}, 1.0F / 256, -128), y = map({1, 6, 4, 8}, 1.0F / 256, -128);
  const int order =
      b.Add({.shape = {4}, .type = TensorType::INT32, .data = moonlet::testing::DataOf(axes)});
  b.Add(BuiltinOperator::LOGISTIC, {x}, {p});
  b.Add(BuiltinOperator::TRANSPOSE, {p, order}, {q}, BuiltinOptions::TransposeOptions,
        tflite::CreateTransposeOptions(b.buffer()).Union());
  b.Add(BuiltinOperator::LOGISTIC, {q}, {y});
  // The first result is the user's too.
  CompiledPair pair(b.Finish({x}, {y, p}), 64);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  EXPECT_EQ(pair.compiled().parts, 2);
  ASSERT_EQ(pair.compiled().operators.size(), 3u);
  EXPECT_EQ(pair.compiled().operators[1].reason, "the NPU has no TRANSPOSE");
  const Model& model = pair.unit_model();
  ASSERT_EQ(Count(MainGraph(model).operators()), 3u);
  EXPECT_EQ(Node(model, 1).name(), "TRANSPOSE");
  // Both parts have the same memory, each its own stream.
  const Node first(model, 0), last(model, 2);
  EXPECT_NE(first.input(0).index(), last.input(0).index());
  for (int k = 1; k < 4; ++k) EXPECT_EQ(first.input(k).index(), last.input(k).index()) << k;
  for (unsigned seed = 0; seed < 4; ++seed) {
    pair.FillInputs(seed);
    EXPECT_EQ(pair.RunBoth(), 2 * 4 * 6 * 8);
  }
}

// x -> LOGISTIC -> p -> LOGISTIC -> y, and of p a TRANSPOSE -> q, which stands in between.
TEST(NpuCompiledFile, AnOperatorThatNeedsNothingOfTheCpuJoinsThePartBefore) {
  ModelBuilder b;
  const auto map = [&](std::vector<int32_t> shape, float scale, int64_t zero) {
    return b.Add({.shape = std::move(shape),
                  .type = TensorType::INT8,
                  .scales = {scale},
                  .zero_points = {zero}});
  };
  const std::vector<int32_t> axes = {0, 2, 1, 3};
  const int x = map({1, 4, 6, 8}, 0.1F, 3), p = map({1, 4, 6, 8}, 1.0F / 256, -128);
  const int q = map({1, 6, 4, 8}, 1.0F / 256, -128), y = map({1, 4, 6, 8}, 1.0F / 256, -128);
  const int order =
      b.Add({.shape = {4}, .type = TensorType::INT32, .data = moonlet::testing::DataOf(axes)});
  b.Add(BuiltinOperator::LOGISTIC, {x}, {p});
  b.Add(BuiltinOperator::TRANSPOSE, {p, order}, {q}, BuiltinOptions::TransposeOptions,
        tflite::CreateTransposeOptions(b.buffer()).Union());
  b.Add(BuiltinOperator::LOGISTIC, {p}, {y});
  CompiledPair pair(b.Finish({x}, {q, y}), 128);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  EXPECT_EQ(pair.compiled().parts, 1);
  ASSERT_EQ(Count(MainGraph(pair.unit_model()).operators()), 2u);
  EXPECT_EQ(Node(pair.unit_model(), 0).name(), "ethos-u");
  EXPECT_EQ(Node(pair.unit_model(), 1).name(), "TRANSPOSE");
  for (unsigned seed = 0; seed < 4; ++seed) {
    pair.FillInputs(seed);
    EXPECT_EQ(pair.RunBoth(), 2 * 4 * 6 * 8);
  }
}

}  // namespace compiled_file_test
}  // namespace moonlet::npu
