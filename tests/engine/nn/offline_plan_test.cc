// Files that tell where tensors lie.
#include "engine/nn/offline_plan.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace offline_plan_test {

using testing::DataOf;
using testing::ModelBuilder;
using testing::OpenedModel;
using tflite::BuiltinOperator;

constexpr int32_t kFloats = 16;

// x -> RELU -> y -> RELU -> z, with offsets or any other metadata.
std::vector<uint8_t> Chain(const std::function<void(ModelBuilder&)>& add_metadata) {
  ModelBuilder b;
  const int x = b.Add({.shape = {kFloats}});
  const int y = b.Add({.shape = {kFloats}});
  const int z = b.Add({.shape = {kFloats}});
  b.Add(BuiltinOperator::RELU, {x}, {y});
  b.Add(BuiltinOperator::RELU, {y}, {z});
  add_metadata(b);
  return b.Finish({x}, {z});
}
std::vector<uint8_t> ChainAt(const std::vector<int32_t>& offsets) {
  return Chain([&](ModelBuilder& b) { b.AddOfflinePlan(offsets); });
}

uint32_t InputAt(const Session& session) {
  return static_cast<uint32_t>(static_cast<uint8_t*>(session.input(0).data) - session.arena());
}
uint32_t OutputAt(const Session& session) {
  return static_cast<uint32_t>(static_cast<uint8_t*>(session.output(0).data) - session.arena());
}

void ExpectRelu(OpenedModel& m) {
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  auto* x = static_cast<float*>(m.session().input(0).data);
  for (int i = 0; i < kFloats; ++i) x[i] = static_cast<float>(i - 7);
  ASSERT_TRUE(m.Run().ok());
  const auto* z = static_cast<const float*>(m.session().output(0).data);
  for (int i = 0; i < kFloats; ++i) EXPECT_EQ(z[i], i < 7 ? 0.0f : static_cast<float>(i - 7));
}

TEST(OfflinePlan, TensorsLieWhereTheFileSays) {
  OpenedModel m(ChainAt({4096, 512, 128}));
  ExpectRelu(m);
  EXPECT_EQ(InputAt(m.session()), 4096u);
  EXPECT_EQ(OutputAt(m.session()), 128u);
  EXPECT_EQ(m.session().arena_bytes(), 4096u + kFloats * sizeof(float));
}

TEST(OfflinePlan, InputAndOutputMayShareBytes) {
  OpenedModel m(ChainAt({0, 64, 0}));
  ExpectRelu(m);
  EXPECT_EQ(InputAt(m.session()), OutputAt(m.session()));
  EXPECT_EQ(m.session().arena_bytes(), 128u);
}

TEST(OfflinePlan, TheOthersArePlannedAround) {
  OpenedModel m(ChainAt({0, -1, 64}));
  ExpectRelu(m);
  EXPECT_EQ(OutputAt(m.session()), 64u);
  EXPECT_LE(m.session().arena_bytes(), 192u);
}

TEST(OfflinePlan, OperatorsThatCanWorkInPlaceMayBeTold) {
  OpenedModel m(ChainAt({32, 32, 32}));
  ExpectRelu(m);
  EXPECT_EQ(m.session().arena_bytes(), 32u + kFloats * sizeof(float));
}

TEST(OfflinePlan, OtherOverlapsAreRefused) {
  OpenedModel m(ChainAt({0, 16, 128}));
  EXPECT_EQ(m.status().code(), Code::kUnsupported);
  EXPECT_STREQ(m.status().what(),
               "operator 1 RELU: the file lays tensor 1 't1' over tensor 0 't0'");
}

TEST(OfflinePlan, OutputsOfAnOperatorMayNotOverlap) {
  ModelBuilder b;
  const int axis =
      b.Add({.shape = {}, .type = tflite::TensorType::INT32, .data = DataOf<int32_t>({0})});
  const int x = b.Add({.shape = {8}});
  const int y = b.Add({.shape = {4}});
  const int z = b.Add({.shape = {4}});
  const auto options = tflite::CreateSplitOptions(b.buffer(), 2).Union();
  b.Add(BuiltinOperator::SPLIT, {axis, x}, {y, z}, tflite::BuiltinOptions::SplitOptions, options);
  b.AddOfflinePlan({-1, 0, 64, 64});
  OpenedModel m(b.Finish({x}, {y, z}));
  EXPECT_EQ(m.status().code(), Code::kUnsupported);
  EXPECT_NE(std::strstr(m.status().what(), "over tensor 2"), nullptr) << m.status().what();
}

void ExpectRefused(const std::vector<uint8_t>& file, const char* reason) {
  OpenedModel m(file);
  EXPECT_EQ(m.status().code(), Code::kInvalid);
  EXPECT_NE(std::strstr(m.status().what(), reason), nullptr) << m.status().what();
}

TEST(OfflinePlan, WhatMakesNoSenseIsRefusedAtLoad) {
  ExpectRefused(ChainAt({0, 64}), "2 offsets in 20 bytes for 3 tensors");
  ExpectRefused(ChainAt({0, 64, 128, 192}), "4 offsets");
  ExpectRefused(ChainAt({0, 8, 128}), "tensor 1 't1' at 8");
  ExpectRefused(ChainAt({0, -2, 128}), "tensor 1 't1' at -2");
  ExpectRefused(ChainAt({0, 64, 0x7FFFFFF0}), "ends beyond 2 GiB");
  const auto raw = [](const std::vector<uint8_t>& data) {
    return Chain([&](ModelBuilder& b) { b.AddMetadata("OfflineMemoryAllocation", data); });
  };
  ExpectRefused(raw({1, 2, 3}), "3 bytes");
  ExpectRefused(raw(DataOf<int32_t>({1, 1, 3, 0, 0, 0})), "version 1");
  ExpectRefused(raw(DataOf<int32_t>({0, 1, 3, 0, 0})), "3 offsets in 20 bytes");
  ExpectRefused(raw(DataOf<int32_t>({0, 1, -3, 0, 0, 0})), "-3 offsets");
}

TEST(OfflinePlan, OtherMetadataIsNotRead) {
  OpenedModel m(Chain([](ModelBuilder& b) { b.AddMetadata("min_runtime_version", {1, 2, 3}); }));
  ExpectRelu(m);
}

}  // namespace offline_plan_test
}  // namespace moonlet
