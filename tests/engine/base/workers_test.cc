#include "engine/base/workers.h"

#include <gtest/gtest.h>

#include <atomic>

namespace moonlet {
namespace workers_test {

struct Counts {
  std::atomic<int> of_share[kMaxWorkers] = {};
};

TEST(WorkersTest, EachShareIsDoneOnceInEachRun) {
  constexpr int kCount = 5, kRuns = 300;
  CountingAllocator counter(MallocAllocator());
  Workers* workers = nullptr;
  ASSERT_TRUE(StartWorkers(kCount, counter, &workers).ok());
  ASSERT_EQ(workers->count(), kCount);
  Counts counts;
  for (int i = 1; i <= kRuns; ++i) {
    workers->Run([](void* c, int share) { ++static_cast<Counts*>(c)->of_share[share]; }, &counts);
    for (int share = 0; share < kCount; ++share) ASSERT_EQ(counts.of_share[share], i) << share;
  }
  EXPECT_EQ(counts.of_share[kCount], 0);
  StopWorkers(workers, counter);
  EXPECT_EQ(counter.live(), 0u);
}

TEST(WorkersTest, ThreadsEndThatNeverWorked) {
  Workers* workers = nullptr;
  ASSERT_TRUE(StartWorkers(kMaxWorkers, MallocAllocator(), &workers).ok());
  StopWorkers(workers, MallocAllocator());
  StopWorkers(nullptr, MallocAllocator());
}

TEST(WorkersTest, AProcessHasSoManyThreadsAndNoMore) {
  constexpr int kMost = kMaxThreads / (kMaxWorkers - 1);
  Workers* workers[kMost + 1] = {};
  for (int i = 0; i < kMost; ++i)
    ASSERT_TRUE(StartWorkers(kMaxWorkers, MallocAllocator(), &workers[i]).ok()) << i;
  CountingAllocator counter(MallocAllocator());
  EXPECT_EQ(StartWorkers(kMaxWorkers, counter, &workers[kMost]).code(), Code::kUnsupported);
  EXPECT_EQ(counter.live(), 0u);
  for (Workers* w : workers) StopWorkers(w, MallocAllocator());
  ASSERT_TRUE(StartWorkers(kMaxWorkers, MallocAllocator(), &workers[0]).ok());
  StopWorkers(workers[0], MallocAllocator());
}

}  // namespace workers_test
}  // namespace moonlet
