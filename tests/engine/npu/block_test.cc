#include "engine/npu/block.h"

#include <gtest/gtest.h>

#include "engine/npu/stream.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace block_test {

Operation Conv(const Extent& block, int32_t ifm_depth) {
  Operation op;
  op.kind = OperationKind::kConv;
  op.ifm.depth = ifm_depth;
  op.ofm.height = 20;
  op.ofm.width = 20;
  op.ofm.depth = 64;
  op.block = block;
  return op;
}

const Config& Part(int macs) { return *FindConfig(Product::kU55, macs); }

TEST(NpuBlock, AnIfmBlockHasWhatTheKernelSeesInWholeMicroBlocks) {
  Operation op = Conv({8, 8, 16}, 20);
  op.kernel.height = op.kernel.width = 3;
  op.kernel.stride_y = op.kernel.stride_x = 2;
  EXPECT_EQ(IfmBlock(op, Part(64)), (Extent{17, 17, 24}));
  EXPECT_EQ(IfmBlock(op, Part(128)), (Extent{17, 18, 24}));
  EXPECT_EQ(IfmBlock(op, Part(256)), (Extent{18, 18, 24}));
  op.kernel.part_kernel_first = true;
  EXPECT_EQ(IfmBlock(op, Part(64)).depth, 16);
  op.kernel.dilation_y = op.kernel.dilation_x = 2;
  EXPECT_EQ(IfmBlock(op, Part(64)), (Extent{19, 19, 16}));
}

TEST(NpuBlock, PiecesOfALargeKernelAreReadOneAtATime) {
  Operation op = Conv({8, 8, 16}, 8);
  op.kernel.height = 20;
  op.kernel.width = 9;
  EXPECT_EQ(IfmBlock(op, Part(32)), (Extent{15, 15, 8}));
}

TEST(NpuBlock, UpscalingHalvesTheIfmBlock) {
  Operation op = Conv({8, 8, 16}, 8);
  op.upscale = Upscale::kZeros;
  EXPECT_EQ(IfmBlock(op, Part(32)), (Extent{4, 4, 8}));
  op.upscale = Upscale::kNearest;
  EXPECT_EQ(IfmBlock(op, Part(32)), (Extent{5, 5, 8}));
}

TEST(NpuBlock, LaysBuffersFromBothEnds) {
  SharedRam layout;
  // IFM: 64 pixels of 24 bytes are 2 banks, twice, in granules of 4. Accumulators: 64 times 16
  // channels of 4 bytes are 4 banks, twice; before them nothing, behind them 2 banks of tables.
  ASSERT_TRUE(LayOut(Conv({8, 8, 16}, 20), Part(128), &layout));
  EXPECT_EQ(layout.ifm_end, 2 + 4);
  EXPECT_EQ(layout.ab_start, 22 - 8);
}

TEST(NpuBlock, TablesTakeBanksOfSmallPartsOnlyWhereUsed) {
  SharedRam layout;
  Operation op = Conv({8, 8, 8}, 8);
  ASSERT_TRUE(LayOut(op, Part(64), &layout));
  EXPECT_EQ(layout.ab_start, 16 - 4);
  op.activation.function = 16;
  ASSERT_TRUE(LayOut(op, Part(64), &layout));
  EXPECT_EQ(layout.ab_start, 14 - 4);
}

TEST(NpuBlock, SaysWhenABlockDoesNotFit) {
  SharedRam layout;
  EXPECT_FALSE(LayOut(Conv({32, 64, 128}, 64), Part(256), &layout));
  EXPECT_FALSE(LayOut(Conv({8, 16, 32}, 64), Part(64), &layout));
  EXPECT_TRUE(LayOut(Conv({8, 8, 8}, 32), Part(64), &layout));
}

TEST(NpuBlock, TwoOperandsOfAnElementwiseLieSideBySide) {
  Operation op = Conv({8, 8, 16}, 16);
  op.kind = OperationKind::kElementwise;
  op.elementwise = ElementwiseMode::kAdd;
  SharedRam layout;
  ASSERT_TRUE(LayOut(op, Part(128), &layout));
  EXPECT_EQ(layout, (SharedRam{22, 2 + 4, 22}));
  op.block = {16, 32, 16};
  EXPECT_FALSE(LayOut(op, Part(128), &layout));
  op.broadcast.scalar = true;
  EXPECT_TRUE(LayOut(op, Part(128), &layout));
}

// Checks one operation's registers, and how many there were.
int CheckLayout(const Operation& op, const Config& config, const std::string& name) {
  SharedRam layout;
  EXPECT_TRUE(LayOut(op, config, &layout)) << name << " word " << op.word;
  EXPECT_EQ(layout.ifm_end, op.shared_ram.ifm_end) << name << " word " << op.word;
  EXPECT_EQ(layout.ab_start, op.shared_ram.ab_start) << name << " word " << op.word;
  if (!op.binary() || op.broadcast.scalar) return 2;
  EXPECT_EQ(layout.ifm2_start, op.shared_ram.ifm2_start) << name << " word " << op.word;
  return 3;
}

TEST(NpuBlock, LaysOutWhatCompiledModelsDo) {
  const auto payloads = testing::RecordedPayloads();
  if (payloads.empty()) GTEST_SKIP() << "no recorded models";
  long values = 0;
  for (const auto& recorded : payloads) {
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok()) << recorded.name;
    StreamReader reader(payload.stream, payload.config);
    Operation op;
    do {
      const Status s = reader.Next(&op);
      ASSERT_TRUE(s.ok()) << recorded.name << ": " << s.what();
      if (op.is_block()) values += CheckLayout(op, payload.config, recorded.name);
    } while (op.kind != OperationKind::kStop);
  }
  moonlet::testing::ExpectCounts("engine/npu/shared_ram", values, 0);
}

}  // namespace block_test
}  // namespace moonlet::npu
