#include "engine/npu/compiler/waits.h"

#include <gtest/gtest.h>

namespace moonlet::npu {
namespace waits_test {

constexpr int kTableAt = 0x5800;  // of a U55-128

const Config& Unit(int macs = 128) { return *FindConfig(Product::kU55, macs); }

FeatureMap Bytes(uint64_t base, int32_t count) {
  FeatureMap map;
  map.region = 1;
  map.element = {1, true};
  map.height = map.width = 1;
  map.depth = count;
  map.stride_y = map.stride_x = count;
  map.base[0] = base;
  return map;
}
Operation Pool(uint64_t from, uint64_t to) {
  Operation op;
  op.kind = OperationKind::kPool;
  op.ifm = Bytes(from, 64);
  op.ofm = Bytes(to, 64);
  return op;
}
Operation Conv(uint64_t from, uint64_t to, uint64_t weights) {
  Operation op = Pool(from, to);
  op.kind = OperationKind::kConv;
  op.scales[0] = {1, weights, 16};
  op.weights[0] = {1, weights + 16, 48};
  return op;
}
Operation Copy(uint64_t to) {
  Operation op;
  op.kind = OperationKind::kDma;
  op.dma.source = {0, 0, 64};
  op.dma.target_region = 1;
  op.dma.target = to;
  return op;
}
Operation TableCopy() {
  Operation op = Copy(kTableAt);
  op.dma.source.length = 256;
  op.dma.to_shared_ram = true;
  return op;
}
Operation Lookup(uint64_t from, uint64_t to) {
  Operation op = Pool(from, to);
  op.activation.function = 16;
  return op;
}

TEST(NpuWaits, OperationsOnBlocksComeInOrder) {
  WaitTracker waits(Unit());
  Operation wait;
  EXPECT_FALSE(waits.Before(Pool(0, 64), &wait));
  EXPECT_FALSE(waits.Before(Pool(64, 128), &wait));
  EXPECT_FALSE(waits.Before(Pool(128, 64), &wait));
}

TEST(NpuWaits, WeightsAreWaitedForWhereTheyAreRead) {
  WaitTracker waits(Unit());
  Operation wait;
  EXPECT_FALSE(waits.Before(Copy(1024), &wait));
  EXPECT_FALSE(waits.Before(Pool(0, 64), &wait));
  ASSERT_TRUE(waits.Before(Conv(64, 128, 1024), &wait));
  EXPECT_EQ(wait.kind, OperationKind::kDmaWait);
  EXPECT_EQ(wait.argument, 0);
  // Once is enough.
  EXPECT_FALSE(waits.Before(Conv(128, 192, 1024), &wait));
}

TEST(NpuWaits, YoungerCopiesMayStayOutstanding) {
  WaitTracker waits(Unit());
  Operation wait;
  EXPECT_FALSE(waits.Before(Copy(1024), &wait));
  EXPECT_FALSE(waits.Before(Copy(2048), &wait));
  ASSERT_TRUE(waits.Before(Conv(0, 64, 1024), &wait));
  EXPECT_EQ(wait.argument, 1);
  ASSERT_TRUE(waits.Before(Conv(64, 128, 2048), &wait));
  EXPECT_EQ(wait.argument, 0);
}

TEST(NpuWaits, ACopyWaitsForThoseWhoUseItsTarget) {
  WaitTracker waits(Unit());
  Operation wait;
  EXPECT_FALSE(waits.Before(Pool(1024, 64), &wait));
  EXPECT_FALSE(waits.Before(Pool(64, 128), &wait));
  ASSERT_TRUE(waits.Before(Copy(1024), &wait));
  EXPECT_EQ(wait.kind, OperationKind::kKernelWait);
  EXPECT_EQ(wait.argument, 1);
  EXPECT_FALSE(waits.Before(Copy(2048), &wait));
}

TEST(NpuWaits, TablesAreReadAndReplaced) {
  WaitTracker waits(Unit());
  Operation wait;
  EXPECT_FALSE(waits.Before(TableCopy(), &wait));
  // On this unit no other operation touches them.
  EXPECT_FALSE(waits.Before(Pool(0, 64), &wait));
  ASSERT_TRUE(waits.Before(Lookup(0, 64), &wait));
  EXPECT_EQ(wait.kind, OperationKind::kDmaWait);
  ASSERT_TRUE(waits.Before(TableCopy(), &wait));
  EXPECT_EQ(wait.kind, OperationKind::kKernelWait);
}

TEST(NpuWaits, AccumulatorsLieOnTablesWhereSharedRamIsSmall) {
  WaitTracker waits(Unit(64));
  Operation wait;
  Operation copy = TableCopy();
  copy.dma.target = 0x3800;
  EXPECT_FALSE(waits.Before(Pool(0, 64), &wait));
  ASSERT_TRUE(waits.Before(copy, &wait));
  EXPECT_EQ(wait.kind, OperationKind::kKernelWait);
  EXPECT_EQ(wait.argument, 0);
}

}  // namespace waits_test
}  // namespace moonlet::npu
