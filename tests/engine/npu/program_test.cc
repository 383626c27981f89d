#include "engine/npu/program.h"

#include <gtest/gtest.h>

#include "engine/base/crc32.h"
#include "tests/engine/npu/compiled_files.h"
#include "tests/engine/npu/compiled_model.h"

namespace moonlet::npu {
namespace program_test {

using namespace moonlet::npu::testing;
using moonlet::testing::ExpectCounts;

TEST(NpuProgram, GivesTheRecordedAnswers) {
  if (NoCompiledFiles()) GTEST_SKIP() << "no recorded models";
  long cases = 0;
  long bytes = 0;
  for (const CompiledFile& file : CompiledFiles()) {
    SCOPED_TRACE(file.name);
    CompiledModel model(file.path);
    const Status loaded = model.Load();
    ASSERT_TRUE(loaded.ok()) << loaded.what();
    for (const RecordedVector& vector : VectorsOf(file, model.input_bytes())) {
      model.Soil(static_cast<int>(0x5A + cases));
      model.WriteInputs(vector.in);
      const Status ran = model.Run(StopToken());
      ASSERT_TRUE(ran.ok()) << ran.what();
      ASSERT_FALSE(vector.out.empty());
      ASSERT_EQ(model.Outputs(), vector.out);
      ++cases;
      bytes += static_cast<long>(vector.out.size());
    }
  }
  ExpectCounts("engine/npu/program", cases, bytes);
}

// What all memory holds after each operation.
class MemoryAfter final : public OperationObserver {
 public:
  explicit MemoryAfter(const CompiledModel& model) : model_(model) {}
  void Ran(const Operation& op) override {
    uint32_t crc = 0;
    for (size_t i = 1; i < model_.regions().size(); ++i)
      crc = Crc32({model_.addresses()[i], static_cast<size_t>(model_.regions()[i].size)}, crc);
    crcs.push_back(crc);
    words.push_back(op.word);
    blocks += op.is_block();
  }

  std::vector<uint32_t> crcs;
  std::vector<uint32_t> words;
  long blocks = 0;

 private:
  const CompiledModel& model_;
};

MemoryAfter Follow(CompiledModel& model, Way way, const RecordedVector& vector) {
  const Status loaded = model.Load(way);
  EXPECT_TRUE(loaded.ok()) << loaded.what();
  MemoryAfter after(model);
  model.Soil(0xC3);
  model.WriteInputs(vector.in);
  EXPECT_TRUE(model.Run(StopToken(), &after).ok());
  EXPECT_EQ(model.Outputs(), vector.out);
  return after;
}

TEST(NpuProgram, EveryOperationGivesTheSameInBothWays) {
  if (NoCompiledFiles()) GTEST_SKIP() << "no recorded models";
  long blocks = 0;
  for (const CompiledFile& file : CompiledFiles()) {
    if (kSanitized && !file.IsForU55With128()) continue;
    SCOPED_TRACE(file.name);
    CompiledModel model(file.path);
    const RecordedVector vector = VectorsOf(file, model.input_bytes())[0];
    const MemoryAfter fast = Follow(model, Way::kFast, vector);
    const MemoryAfter plain = Follow(model, Way::kPlain, vector);
    ASSERT_EQ(fast.words, plain.words);
    for (size_t i = 0; i < fast.words.size(); ++i)
      ASSERT_EQ(fast.crcs[i], plain.crcs[i]) << "operation at word " << fast.words[i];
    blocks += fast.blocks;
  }
  ExpectCounts(kSanitized ? "engine/npu/both_ways_sanitized" : "engine/npu/both_ways", blocks, 0);
}

}  // namespace program_test
}  // namespace moonlet::npu
