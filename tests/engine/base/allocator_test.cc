#include "engine/base/allocator.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace moonlet {
namespace allocator_test {

TEST(MallocAllocator, AlignsAsAsked) {
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    void* block = MallocAllocator().Allocate(3, alignment);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    MallocAllocator().Free(block, 3);
  }
}

TEST(MallocAllocator, RefusesASizeThatWraps) {
  EXPECT_EQ(MallocAllocator().Allocate(SIZE_MAX - 8, 64), nullptr);
}

TEST(CountingAllocator, CountsLiveAndPeakBytes) {
  CountingAllocator memory(MallocAllocator());
  void* a = memory.Allocate(100, 16);
  void* b = memory.Allocate(50, 16);
  memory.Free(a, 100);
  EXPECT_EQ(memory.live(), 50u);
  EXPECT_EQ(memory.peak(), 150u);
  memory.ResetPeak();
  EXPECT_EQ(memory.peak(), 50u);
  memory.Free(b, 50);
  EXPECT_EQ(memory.live(), 0u);
  EXPECT_EQ(memory.calls(), 2u);
}

TEST(CountingAllocator, ARefusalCountsNothing) {
  CountingAllocator memory(MallocAllocator());
  EXPECT_EQ(memory.Allocate(SIZE_MAX - 8, 64), nullptr);
  EXPECT_EQ(memory.peak(), 0u);
}

}  // namespace allocator_test
}  // namespace moonlet
