#include "engine/npu/cycles.h"

#include <gtest/gtest.h>

#include <vector>

namespace moonlet::npu {
namespace cycles_test {

const Config& Part(int macs) { return *FindConfig(Product::kU55, macs); }

FeatureMap Bricks(int32_t height, int32_t width, int32_t depth) {
  FeatureMap map;
  map.region = 1;
  map.element = {1, true};
  map.layout = Layout::kNhcwb16;
  map.height = map.height0 = height;
  map.width = map.width0 = width;
  map.depth = depth;
  map.stride_x = 16;
  map.stride_c = 16 * width;
  map.stride_y = int64_t{width} * ((depth + 15) / 16 * 16);
  return map;
}

// 1x1 over 12x12x64, on a U55-128.
Operation Pointwise() {
  Operation op;
  op.kind = OperationKind::kConv;
  op.ifm = Bricks(12, 12, 64);
  op.ofm = Bricks(12, 12, 64);
  op.block = {4, 12, 32};
  op.activation.min = -128;
  op.activation.max = 127;
  op.weights[0] = {1, 0x8000, 4256};
  op.scales[0] = {1, 0x7D80, 640};
  return op;
}

Cycles Estimate(const Operation& op, int macs = 128) {
  Cycles cycles;
  EstimateOperation(op, Part(macs), DefaultSystem(Part(macs)), &cycles);
  return cycles;
}

TEST(NpuCycles, CountsMicroBlocksOfTheMacUnit) {
  // A block is 4 x 6 x 4 micro-blocks of 4 cycles for 32 channels, twice: 768. It puts out 1536
  // elements, two a cycle: 768. Six blocks and the tail of the last.
  const Cycles cycles = Estimate(Pointwise());
  EXPECT_EQ(cycles.npu, 768 * 6 + 768);
  EXPECT_EQ(cycles.macs, 64 * 64 * 144);
  EXPECT_EQ(cycles.inside, Bound::kMac);
  EXPECT_DOUBLE_EQ(cycles.utilisation(Part(128)), 64 * 64 * 144 / (128 * 5376.0));
}

TEST(NpuCycles, ReadsTheIfmOncePerBlock) {
  const Cycles cycles = Estimate(Pointwise());
  // 4 x 12 x 64 bytes for each of six blocks, 12 x 12 x 64 written, 8 a cycle.
  EXPECT_EQ(cycles.sram, 4 * 12 * 64 * 6 / 8 + 12 * 12 * 64 / 8);
  EXPECT_EQ(cycles.constants, 0);  // weights were copied
}

TEST(NpuCycles, WeightsInFlashAreReadForEachBlockOfThePlane) {
  Operation op = Pointwise();
  op.weights[0].region = op.scales[0].region = 0;
  EXPECT_EQ(Estimate(op).constants, (4256 + 640) * 3);
  EXPECT_EQ(Estimate(op).bound(), Bound::kFlash);
}

TEST(NpuCycles, ShortRunsAreReadInWholeBursts) {
  Operation op = Pointwise();
  op.ifm.layout = Layout::kNhwc;
  op.ifm.depth = 3;
  op.ifm.stride_x = 3;
  op.ifm.stride_y = 36;
  op.ifm.stride_c = 0;
  // Runs of 8 bytes in bursts of 32.
  EXPECT_EQ(Estimate(op).sram, 4 * 12 * 3 * 6 * 4 / 8 + 12 * 12 * 64 / 8);
}

TEST(NpuCycles, AStridePastTheLastColumnIsReadToo) {
  Operation op = Pointwise();
  op.kernel.stride_y = op.kernel.stride_x = 2;
  op.ifm = Bricks(23, 23, 64);
  op.block = {12, 12, 16};
  const double seen = Estimate(op).sram;
  op.ifm.stride_c = 16 * 24;
  EXPECT_EQ(Estimate(op).sram - seen, 23 * (24 - 23) * 64 * 4 / 8);
}

TEST(NpuCycles, PoolsRunTheirKernelInPieces) {
  Operation op;
  op.kind = OperationKind::kPool;
  op.pool = PoolMode::kAverage;
  op.ifm = Bricks(25, 5, 64);
  op.ofm = Bricks(1, 1, 64);
  op.kernel.height = 25;
  op.kernel.width = 5;
  op.block = {1, 2, 64};
  op.activation = {0, ClipRange::kOfm, -128, 127};
  // 40 + 40 + 40 + 5 taps, 8 micro-blocks: 1000. Beside it a quarter of that, of 32 elements put
  // out and of the memory: 64 of latency, 8 x 5 x 64 bytes in and 64 out.
  EXPECT_EQ(Estimate(op).npu, 1000 + (1000 + 32 + 64 + 320 + 8) / 4);
  EXPECT_EQ(Estimate(op).macs, 8000);
}

TEST(NpuCycles, AnElementwiseIsBoundByItsOutput) {
  Operation op;
  op.kind = OperationKind::kElementwise;
  op.elementwise = ElementwiseMode::kAdd;
  op.ifm = op.ifm2 = op.ofm = Bricks(32, 32, 16);
  op.block = {8, 32, 16};
  op.activation = {0, ClipRange::kOfm, -128, 127};
  const double speeds[] = {6, 3, 1.5, 0.75};
  for (int i = 0; i < 4; ++i) {
    const Cycles cycles = Estimate(op, 32 << i);
    EXPECT_EQ(cycles.npu, speeds[i] * 16384);
    EXPECT_EQ(cycles.sram, 3 * 16384 / 8);
    EXPECT_EQ(cycles.macs, 0);
    EXPECT_EQ(cycles.bound(), Bound::kOutput);
  }
}

TEST(NpuCycles, WaitsTakeNothing) {
  Operation op;
  op.kind = OperationKind::kDmaWait;
  EXPECT_EQ(Estimate(op).total(), 0);
  EXPECT_EQ(Estimate(op).utilisation(Part(128)), 0);
}

TEST(NpuCycles, SystemsAreFoundByName) {
  EXPECT_STREQ(DefaultSystem(Part(32)).name, "Ethos_U55_High_End_Embedded");
  EXPECT_STREQ(DefaultSystem(*FindConfig(Product::kU65, 256)).name, "Ethos_U65_Client_Server");
  const System* deep = FindSystem("Ethos_U55_Deep_Embedded");
  ASSERT_NE(deep, nullptr);
  EXPECT_EQ(deep->constants.bytes_per_cycle, 0.5F);
  EXPECT_EQ(FindSystem("Ethos_U85"), nullptr);
}

TEST(NpuCycles, WhatTakesLongestBounds) {
  Cycles cycles;
  cycles.npu = 10;
  cycles.inside = Bound::kOutput;
  EXPECT_STREQ(NameOf(cycles.bound()), "output");
  cycles.sram = 11;
  EXPECT_STREQ(NameOf(cycles.bound()), "SRAM");
  cycles.constants = 12;
  EXPECT_STREQ(NameOf(cycles.bound()), "flash");
  EXPECT_EQ(cycles.total(), 12);
  cycles.npu = 20;
  cycles.waiting = 11;  // for copies from flash
  EXPECT_STREQ(NameOf(cycles.bound()), "flash");
}

// What the walk says of operations that the test lines up.
class Walk final : public LayerObserver {
 public:
  void Layer(const LayerCycles& layer) override {
    layers.push_back(layer);
    depths.push_back(layer.operation->ofm.depth);
  }
  void Copy(uint64_t length, uint64_t target) {
    Operation op;
    op.kind = OperationKind::kDma;
    op.dma.source = {0, 0, length};
    op.dma.target_region = 1;
    op.dma.target = target;
    walker.Add(op);
  }
  void Table() {
    Operation op;
    op.kind = OperationKind::kDma;
    op.dma.source = {0, 0, 1024};
    op.dma.to_shared_ram = true;
    walker.Add(op);
  }
  void Wait(OperationKind kind, uint16_t count) {
    Operation op;
    op.kind = kind;
    op.argument = count;
    walker.Add(op);
  }
  void Run(const Operation& op) { walker.Add(op); }
  void End() { Wait(OperationKind::kStop, 0xFFFF); }

  std::vector<LayerCycles> layers;
  std::vector<int32_t> depths;
  CycleWalker walker{Part(128), DefaultSystem(Part(128)), this};
};

constexpr double kAlone = 5376;     // Pointwise
constexpr uint64_t kCopied = 4896;  // its bytes
constexpr double kLatency = 64;

TEST(NpuCycles, TheFirstLayerWaitsForItsWeights) {
  Walk walk;
  walk.Copy(kCopied, 0x7D80);
  walk.Wait(OperationKind::kDmaWait, 0);
  walk.Run(Pointwise());
  walk.End();
  ASSERT_EQ(walk.layers.size(), 1u);
  EXPECT_EQ(walk.layers[0].cycles.npu, kAlone + kCopied + kLatency);
  EXPECT_EQ(walk.layers[0].cycles.waiting, kCopied + kLatency);
}

TEST(NpuCycles, CopiesHideBehindTheOperationBefore) {
  Walk walk;
  for (const uint64_t length : {uint64_t{0}, kCopied, uint64_t{6000}}) {
    if (length > 0) walk.Copy(length, 0x7D80);
    walk.Run(Pointwise());
  }
  walk.End();
  ASSERT_EQ(walk.layers.size(), 3u);
  EXPECT_EQ(walk.layers[0].cycles.npu, kAlone);
  EXPECT_EQ(walk.layers[1].cycles.npu, kAlone);
  EXPECT_EQ(walk.layers[2].cycles.npu, 6000 + kLatency);
}

TEST(NpuCycles, NothingHidesAfterAWaitForTheUnit) {
  Walk walk;
  walk.Run(Pointwise());
  walk.Wait(OperationKind::kKernelWait, 0);
  walk.Copy(kCopied, 0x7D80);
  walk.Run(Pointwise());
  walk.Wait(OperationKind::kKernelWait, 1);
  walk.Copy(kCopied, 0x7D80);
  walk.Run(Pointwise());
  walk.End();
  ASSERT_EQ(walk.layers.size(), 3u);
  EXPECT_EQ(walk.layers[1].cycles.npu, kAlone + kCopied + kLatency);
  EXPECT_EQ(walk.layers[2].cycles.npu, kAlone);
}

TEST(NpuCycles, ACopyHidesBehindWhatStartsAfterIt) {
  Walk walk;
  Operation other = Pointwise();
  other.weights[0].region = other.scales[0].region = 0;
  other.ofm.base[0] = 0x20000;
  walk.Run(other);
  walk.Wait(OperationKind::kKernelWait, 0);
  walk.Copy(20000, 0x7D80);
  walk.Run(other);
  walk.Run(Pointwise());
  walk.End();
  ASSERT_EQ(walk.layers.size(), 3u);
  EXPECT_EQ(walk.layers[2].cycles.waiting, 20000 + kLatency - kAlone);
}

// The layer's channels in two halves, each with its weights.
void RunHalves(uint64_t first, uint64_t second, Walk* walk) {
  Operation half = Pointwise();
  half.ofm.depth = 32;
  half.word = 10;
  walk->Copy(first, 0x7D80);
  walk->Run(half);
  half.ofm.base[0] += 2 * 16 * 12;
  half.weights[0].base = 0x9140;
  half.scales[0].base = 0x9000;
  half.word = 20;
  walk->Copy(second, 0x9000);
  walk->Run(half);
}

TEST(NpuCycles, SlicesOfOneLayerAreOneLayer) {
  Walk walk;
  RunHalves(2000, 2100, &walk);
  walk.End();
  ASSERT_EQ(walk.layers.size(), 1u);
  EXPECT_EQ(walk.depths[0], 64);
  EXPECT_EQ(walk.layers[0].operations, 2);
  EXPECT_EQ(walk.layers[0].first_word, 10u);
  EXPECT_EQ(walk.layers[0].last_word, 20u);
  EXPECT_EQ(walk.layers[0].cycles.macs, Estimate(Pointwise()).macs);
  // The second half of the weights arrives while the first half runs: 3 blocks and a tail.
  const double half = 768 * 3 + 768;
  EXPECT_EQ(walk.layers[0].cycles.npu, std::max(4100 + kLatency + half, kAlone + 2000 + kLatency));
}

TEST(NpuCycles, SlicesThatCopyLongerThanTheyRunAreBoundByFlash) {
  Walk walk;
  walk.Run(Pointwise());
  RunHalves(20000, 21000, &walk);
  walk.Copy(kCopied, 0x7D80);
  walk.Run(Pointwise());
  walk.End();
  ASSERT_EQ(walk.layers.size(), 3u);
  const double half = 768 * 3 + 768;
  EXPECT_EQ(walk.layers[1].cycles.npu, 41000 + kLatency - kAlone + half);
  EXPECT_EQ(walk.layers[1].cycles.bound(), Bound::kFlash);
  // Behind the last slice alone.
  EXPECT_EQ(walk.layers[2].cycles.npu, kAlone + kCopied + kLatency - half);
}

TEST(NpuCycles, AnotherPlaneIsAnotherLayer) {
  Walk walk;
  Operation op = Pointwise();
  walk.Run(op);
  op.ofm.base[0] = 0x10000;
  walk.Run(op);
  walk.End();
  EXPECT_EQ(walk.layers.size(), 2u);
}

TEST(NpuCycles, ATableIsWaitedForByItsUser) {
  Walk walk;
  walk.Table();
  Operation op = Pointwise();
  walk.Run(op);
  op.ofm.base[0] = 0x10000;
  op.activation.function = 16;
  walk.Run(op);
  walk.End();
  ASSERT_EQ(walk.layers.size(), 2u);
  EXPECT_EQ(walk.layers[0].cycles.waiting, 0);
  EXPECT_EQ(walk.layers[1].cycles.waiting, 0);  // behind the first
  Walk first;
  first.Table();
  first.Run(op);
  first.End();
  EXPECT_EQ(first.layers[0].cycles.waiting, 1024 + kLatency);
}

TEST(NpuCycles, WeightsThatWereCopiedEarlyBelongToTheirUser) {
  Walk walk;
  walk.Copy(20000, 0x7D80);
  Operation other = Pointwise();
  other.weights[0].region = other.scales[0].region = 0;
  other.ofm.base[0] = 0x20000;
  walk.Run(other);
  walk.Run(Pointwise());
  walk.End();
  ASSERT_EQ(walk.layers.size(), 2u);
  EXPECT_EQ(walk.layers[0].cycles.waiting, 0);
  EXPECT_EQ(walk.layers[1].cycles.waiting, 20000 + kLatency - kAlone);
}

TEST(NpuCycles, ACopyThatNobodyReadsIsCountedAtTheEnd) {
  Walk walk;
  walk.Run(Pointwise());
  walk.Copy(1000, 0x40000);
  walk.End();
  ASSERT_EQ(walk.layers.size(), 1u);
  EXPECT_EQ(walk.layers[0].cycles.waiting, 1000 + kLatency);
}

}  // namespace cycles_test
}  // namespace moonlet::npu
