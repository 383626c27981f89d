#include "engine/nn/arena_guard.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/nn/graph.h"
#include "engine/nn/preparation.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace arena_guard_test {

using namespace moonlet::testing;

TEST(ArenaGuardTest, SeesWhatAStepWritesBesideItsOutputs) {
  OpenedModel m(SampleModel());
  Preparation preparation(m.model(), MallocAllocator(), CpuOnly());
  preparation.KeepScratchApart();
  ASSERT_TRUE(preparation.PlanTensors().ok());
  ASSERT_TRUE(preparation.Measure(nullptr).ok());
  std::vector<uint8_t> arena(preparation.plan().size());
  ArenaGuard guard;
  guard.Open(m.model(), preparation, arena.size());

  constexpr int kConv = 1;
  const ModelTensor output = Node(m.model(), kConv).output(0);
  const uint32_t begin = preparation.plan().offset(output.index());
  const auto end = static_cast<uint32_t>(begin + output.bytes());
  const auto holds_after_write_at = [&](uint32_t at) {
    guard.Before(arena.data());
    ++arena[at];
    return guard.Holds(kConv, arena.data());
  };
  EXPECT_TRUE(holds_after_write_at(begin));
  EXPECT_TRUE(holds_after_write_at(end - 1));
  for (uint32_t at = 0; at < arena.size(); ++at) {
    if (at >= begin && at < end) continue;
    EXPECT_FALSE(holds_after_write_at(at)) << at;
  }
  const ArenaGuard moved = std::move(guard);
  EXPECT_TRUE(guard.Holds(kConv, arena.data()));  // it guards nothing any more
}

}  // namespace arena_guard_test
}  // namespace moonlet
