#include "engine/npu/compiler/weights_writer.h"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "tests/engine/npu/recorded_weights.h"
#include "tests/engine/npu/weight_cases.h"

namespace moonlet::npu {
namespace weights_writer_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;

void ExpectDecodedAgain(const Operation& operation, const Config& config, const Weights& weights,
                        std::span<const uint8_t> stream) {
  Weights decoded(weights.size());
  const Status s = DecodeWeights(operation, config, stream, decoded);
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_EQ(decoded, weights);
}

TEST(NpuWeightsWriter, WhatIsDecodedIsWhatWasWritten) {
  std::mt19937 random(11);
  // The order knows of two kinds of parts: of 32 MACs and of more.
  constexpr int kMacs[] = {32, 64, 32, 128, 32, 256};
  size_t turn = 0;
  for (const Operation& operation : WeightCases()) {
    const Config& config = *FindConfig(Product::kU55, kMacs[(turn / 6 + turn) % 6]);
    ++turn;
    SCOPED_TRACE(DescribeWeights(operation, config));
    const Weights weights = RandomFilter(operation, &random);
    std::vector<uint8_t> stream;
    WriteWeights(operation, config, weights, &stream);
    EXPECT_EQ(stream.size() % 16, 0U);
    ExpectDecodedAgain(operation, config, weights, stream);
  }
}

// A 1x1 kernel of few channels says nothing: a fully connected layer looks like that, too.
TEST(NpuWeightsWriter, ReadsConvsInTheOrderOfRecordedModels) {
  const auto files = AllRecordedFilters();
  if (files.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long convs = 0;
  for (const RecordedFilters& filters : files) {
    SCOPED_TRACE(filters.name);
    for (const RecordedWeights& recorded : filters.all) {
      const Operation& op = recorded.operation;
      if (op.kind != OperationKind::kConv) continue;
      if (op.kernel.height == 1 && op.kernel.width == 1 && op.ifm.depth <= 8) continue;
      EXPECT_EQ(TraversalFor(op.kernel, op.ifm.depth, op.ifm.element.bytes),
                op.kernel.part_kernel_first);
      ++convs;
    }
  }
  ExpectCounts("engine/npu/compiler/traversals", convs, 0);
}

TEST(NpuWeightsWriter, PrefersPartKernelsWhereTheyPadLess) {
  const auto part_kernel = [](int height, int width, int depth, int bytes) {
    Kernel kernel;
    kernel.height = height;
    kernel.width = width;
    return TraversalFor(kernel, depth, bytes);
  };
  EXPECT_TRUE(part_kernel(1, 1, 8, 1));
  EXPECT_FALSE(part_kernel(1, 1, 16, 1));
  EXPECT_TRUE(part_kernel(3, 3, 16, 1));   // 9/12 of the places, not 1/2
  EXPECT_FALSE(part_kernel(3, 3, 32, 1));  // 9/12, not all
  EXPECT_TRUE(part_kernel(2, 2, 32, 1));   // all, and all
  EXPECT_TRUE(part_kernel(3, 3, 24, 1));   // 9/12 and 3/4 are equal
  EXPECT_TRUE(part_kernel(1, 1, 9, 2) == false && part_kernel(1, 2, 9, 2));
}

struct Sizes {
  long streams = 0;
  long weights = 0;
  long recorded = 0;
  long ours = 0;
};

void Add(const RecordedFilters& filters, Sizes* sizes) {
  std::set<uint64_t> seen;
  for (const RecordedWeights& recorded : filters.all) {
    if (!seen.insert(recorded.at).second) continue;
    Weights weights(static_cast<size_t>(WeightCount(recorded.operation)));
    ASSERT_TRUE(DecodeWeights(recorded.operation, filters.config, recorded.stream, weights).ok());
    std::vector<uint8_t> stream;
    WriteWeights(recorded.operation, filters.config, weights, &stream);
    ExpectDecodedAgain(recorded.operation, filters.config, weights, stream);
    ++sizes->streams;
    sizes->weights += static_cast<long>(weights.size());
    sizes->recorded += static_cast<long>(recorded.stream.size());
    sizes->ours += static_cast<long>(stream.size());
  }
}

// The figure we hold: never more than Vela's streams; 4 % less are usual.
TEST(NpuWeightsWriter, StreamsOfNetworksAreNoLargerThanRecorded) {
  const auto folder = VelaFolder() / "ethos-u55-128";
  if (!std::filesystem::exists(folder) && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  Sizes all;
  for (const auto& file : RecordedFiles()) {
    if (file.parent_path() != folder) continue;
    SCOPED_TRACE(file.filename());
    std::vector<RecordedFilters> filters;
    AddFilters(file, &filters);
    Sizes sizes;
    for (const RecordedFilters& some : filters) Add(some, &sizes);
    EXPECT_LE(sizes.ours, sizes.recorded);
    std::cout << file.stem().string() << ": " << sizes.weights << " weights, recorded "
              << sizes.recorded << " bytes, ours " << sizes.ours << "\n";
    all.streams += sizes.streams;
    all.recorded += sizes.recorded;
  }
  ExpectCounts("engine/npu/compiler/weight_sizes", all.streams, all.recorded);
}

}  // namespace weights_writer_test
}  // namespace moonlet::npu
