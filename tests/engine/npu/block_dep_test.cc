#include "engine/npu/block_dep.h"

#include <gtest/gtest.h>

#include "engine/npu/stream.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace block_dep_test {

const Config& Part(int macs) { return *FindConfig(Product::kU55, macs); }

FeatureMap Bricks(int32_t side, int32_t depth, uint64_t base) {
  FeatureMap map;
  map.layout = Layout::kNhcwb16;
  map.height = map.width = map.height0 = map.width0 = side;
  map.depth = depth;
  map.base[0] = base;
  map.stride_x = 16;
  map.stride_c = 16 * side;
  map.stride_y = side * depth;
  return map;
}

Operation Pointwise(const Extent& block, uint64_t from, uint64_t to) {
  Operation op;
  op.kind = OperationKind::kConv;
  op.ifm = Bricks(16, 64, from);
  op.ofm = Bricks(16, 64, to);
  op.block = block;
  return op;
}

TEST(NpuBlockDep, StrangersNeedNotWait) {
  const Operation first = Pointwise({16, 16, 64}, 0, 0x4000);
  EXPECT_EQ(MaxBlockDep(first, Pointwise({16, 16, 64}, 0, 0x8000), Part(128)), 3);
  Operation elsewhere = Pointwise({16, 16, 64}, 0x4000, 0x8000);
  elsewhere.ifm.region = 1;
  EXPECT_EQ(MaxBlockDep(first, elsewhere, Part(128)), 3);
}

TEST(NpuBlockDep, ASingleBlockIsWaitedFor) {
  const Operation first = Pointwise({16, 16, 64}, 0, 0x4000);
  EXPECT_EQ(MaxBlockDep(first, Pointwise({4, 16, 16}, 0x4000, 0x8000), Part(128)), 0);
}

TEST(NpuBlockDep, RowsAboveTheLastBlocksAreThere) {
  // Blocks of four rows in one piece of channels: of rows 4 to 15 nothing may be read.
  const Operation first = Pointwise({4, 16, 64}, 0, 0x4000);
  EXPECT_EQ(MaxBlockDep(first, Pointwise({4, 16, 64}, 0x4000, 0x8000), Part(128)), 3);
  // One step reads rows 0 to 7, the second share of them the second.
  EXPECT_EQ(MaxBlockDep(first, Pointwise({8, 16, 64}, 0x4000, 0x8000), Part(128)), 2);
}

TEST(NpuBlockDep, AConvReadsItsChannelsInShares) {
  // The last block of the first has channels 32 to 63: the first share may be read meanwhile.
  const Operation first = Pointwise({16, 16, 32}, 0, 0x4000);
  const Operation second = Pointwise({16, 16, 64}, 0x4000, 0x8000);
  EXPECT_EQ(MaxBlockDep(first, second, Part(128)), 1);
  Operation depthwise = second;
  depthwise.kind = OperationKind::kDepthwise;
  EXPECT_EQ(MaxBlockDep(first, depthwise, Part(128)), 0);
}

TEST(NpuBlockDep, TheSecondOperandCountsToo) {
  const Operation first = Pointwise({4, 16, 64}, 0, 0x4000);
  Operation add = Pointwise({4, 16, 64}, 0x8000, 0xC000);
  add.kind = OperationKind::kElementwise;
  add.elementwise = ElementwiseMode::kAdd;
  add.ifm2 = Bricks(16, 64, 0x4000);
  EXPECT_EQ(MaxBlockDep(first, add, Part(128)), 3);
  add.block = {16, 16, 16};
  EXPECT_EQ(MaxBlockDep(first, add, Part(128)), 0);
  add.broadcast.scalar = true;
  EXPECT_EQ(MaxBlockDep(first, add, Part(128)), 3);
}

TEST(NpuBlockDep, ABroadcastRowIsTheFirstOne) {
  const Operation first = Pointwise({4, 16, 64}, 0, 0x4000);
  Operation add = Pointwise({16, 16, 64}, 0x8000, 0xC000);
  add.kind = OperationKind::kElementwise;
  add.elementwise = ElementwiseMode::kAdd;
  add.ifm2 = Bricks(16, 64, 0x4000);
  add.ifm2.height = 1;
  add.broadcast.height = true;
  EXPECT_EQ(MaxBlockDep(first, add, Part(128)), 3);
}

// Held against the compiler's own choice.
TEST(NpuBlockDep, CompiledModelsNeverHaveMoreAndMostlyThis) {
  long neighbours = 0, equal = 0;
  for (const auto& recorded : testing::RecordedPayloads()) {
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok()) << recorded.name;
    StreamReader reader(payload.stream, payload.config);
    Operation before, op;
    do {
      ASSERT_TRUE(reader.Next(&op).ok()) << recorded.name;
      if (!op.is_block()) continue;
      if (before.is_block()) {
        const int most = MaxBlockDep(before, op, payload.config);
        EXPECT_LE(op.block_dep, most) << recorded.name << " word " << op.word;
        equal += op.block_dep == most;
        ++neighbours;
      }
      before = op;
    } while (op.kind != OperationKind::kStop);
  }
  if (neighbours == 0) GTEST_SKIP() << "no recorded models";
  std::cout << equal << " of " << neighbours << " have the largest BLOCKDEP\n";
  EXPECT_GE(100 * equal, 98 * neighbours);
  moonlet::testing::ExpectCounts("engine/npu/block_dep", neighbours, 0);
}

}  // namespace block_dep_test
}  // namespace moonlet::npu
