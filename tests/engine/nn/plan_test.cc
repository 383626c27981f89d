#include "engine/nn/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace moonlet {
namespace plan_test {

struct Request {
  uint32_t bytes;
  int first;
  int last;
  bool resting;
  int fixed_at = -1;
};

bool Meet(const Request& a, const Request& b) {
  return (a.first <= b.last && b.first <= a.last) || (a.resting && b.resting);
}

bool Overlap(const Request& a, uint32_t at_a, const Request& b, uint32_t at_b) {
  return at_a < at_b + b.bytes && at_b < at_a + a.bytes;
}

std::vector<Request> RandomRequests(std::mt19937& random) {
  const int steps = 1 + static_cast<int>(random() % 30);
  std::vector<Request> requests(1 + random() % 60);
  for (Request& r : requests) {
    r.bytes = 1 + static_cast<uint32_t>(random() % 5000);
    r.first = static_cast<int>(random() % static_cast<unsigned>(steps));
    r.last = r.first + static_cast<int>(random() % 4);
    r.resting = random() % 8 == 0;
  }
  return requests;
}

// The bound from its definition: bytes in use, step by step, and at rest.
size_t Load(const std::vector<Request>& requests) {
  size_t most = 0;
  for (int time = -1; time < 40; ++time) {
    size_t load = 0;
    for (const Request& r : requests)
      if (time < 0 ? r.resting : r.first <= time && time <= r.last)
        load += (r.bytes + 15) / 16 * 16;
    most = std::max(most, load);
  }
  return most;
}

TEST(MemoryPlan, BlocksThatMeetNeverOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    const std::vector<Request> requests = RandomRequests(random);
    MemoryPlan plan(MallocAllocator());
    ASSERT_TRUE(plan.Init(static_cast<int>(requests.size())).ok());
    for (size_t i = 0; i < requests.size(); ++i) {
      const Request& r = requests[i];
      plan.Reserve(static_cast<int>(i), r.bytes, r.first, r.last, r.resting);
    }
    ASSERT_TRUE(plan.Compute().ok());
    EXPECT_EQ(plan.bound(), Load(requests));
    EXPECT_GE(plan.size(), plan.bound());
    for (size_t i = 0; i < requests.size(); ++i) {
      const uint32_t at = plan.offset(static_cast<int>(i));
      EXPECT_EQ(at % kBlockAlignment, 0u);
      EXPECT_LE(at + requests[i].bytes, plan.size());
      for (size_t k = 0; k < i; ++k) {
        const bool apart = !Overlap(requests[i], at, requests[k], plan.offset(static_cast<int>(k)));
        EXPECT_TRUE(apart || !Meet(requests[i], requests[k])) << i << " and " << k;
      }
    }
  }
}

TEST(MemoryPlan, AChainNeedsTwoNeighboursAtATime) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(4).ok());
  plan.Reserve(0, 100, 0, 1, true);
  plan.Reserve(1, 4000, 1, 2, false);
  plan.Reserve(2, 50, 2, 3, false);
  plan.Reserve(3, 10, 3, 4, true);
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.size(), 4000u + 112);
  EXPECT_EQ(plan.bound(), 4000u + 112);
}

// Of a chain whose largest block is not first, greedy by size alone makes 64,512 bytes.
TEST(MemoryPlan, AChainReachesItsBound) {
  const uint32_t sizes[] = {27648, 18432, 18432, 36864, 9216, 18432, 18432, 2};
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(8).ok());
  for (int i = 0; i < 8; ++i) plan.Reserve(i, sizes[i], i, i + 1, i == 0 || i == 7);
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.bound(), 55296u);
  EXPECT_EQ(plan.size(), 55296u);
}

TEST(MemoryPlan, TheLargestGraphIsPlannedInTime) {
  std::mt19937 random(2);
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(MemoryPlan::kMaxBlocks).ok());
  for (int i = 0; i < MemoryPlan::kMaxBlocks; ++i) {
    const auto bytes = static_cast<uint32_t>(1 + random() % 1000);
    plan.Reserve(i, bytes, i / 2, i / 2 + static_cast<int>(random() % 2000), false);
  }
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(plan.Compute().ok());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_LT(elapsed.count(), 20);  // half a second, were it not for sanitizers
}

TEST(MemoryPlan, RestingBlocksKeepClearOfEachOther) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(2).ok());
  plan.Reserve(0, 16, 0, 1, true);
  plan.Reserve(1, 16, 5, 6, true);
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_NE(plan.offset(0), plan.offset(1));
  EXPECT_EQ(plan.bound(), 32u);
}

TEST(MemoryPlan, MergedBlocksShareTheirMemoryForBothLives) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(4).ok());
  plan.Reserve(0, 64, 0, 1, false);
  plan.Reserve(1, 64, 1, 2, false);
  plan.Reserve(2, 64, 2, 3, false);
  plan.Reserve(3, 64, 3, 3, false);
  EXPECT_TRUE(plan.Merge(0, 1));
  EXPECT_TRUE(plan.Merge(1, 2));
  EXPECT_EQ(plan.last(0), 3);
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.offset(0), plan.offset(2));
  EXPECT_NE(plan.offset(3), plan.offset(0));
  EXPECT_EQ(plan.size(), 128u);
}

TEST(MemoryPlan, RestingBlocksAreNotMerged) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(2).ok());
  plan.Reserve(0, 64, 0, 1, true);
  plan.Reserve(1, 64, 1, 2, true);
  EXPECT_FALSE(plan.Merge(0, 1));
}

// A part that begins before the whole, and one whose memory holds more than itself.
TEST(MemoryPlan, PartsAreNestedWhereThatTakesNoMore) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(5, 8).ok());
  plan.Reserve(0, 48, 1, 3, false);
  plan.Reserve(1, 20, 2, 3, false);
  plan.Reserve(2, 68, 3, 5, false);  // the whole of 0 and 1
  plan.Reserve(3, 90, 2, 4, false);
  plan.Reserve(4, 80, 4, 5, false);
  EXPECT_FALSE(plan.Nest(2, 0, 48, 24));  // not aligned
  EXPECT_FALSE(plan.Nest(2, 0, 48, 32));  // not inside
  EXPECT_FALSE(plan.Nest(2, 1, 18, 0));   // of a larger memory
  EXPECT_TRUE(plan.Nest(2, 0, 48, 0));
  EXPECT_TRUE(plan.Nest(2, 1, 20, 48));
  EXPECT_FALSE(plan.Nest(2, 1, 20, 48));  // once is enough
  EXPECT_TRUE(plan.Nested(2, 1, 48));
  EXPECT_FALSE(plan.Nested(2, 1, 32));
  EXPECT_TRUE(plan.Merge(1, 4));  // into what is the second part's memory
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.offset(1), plan.offset(2) + 48);
  EXPECT_EQ(plan.offset(4), plan.offset(1));
  EXPECT_EQ(plan.first(2), 1);
  EXPECT_EQ(plan.size(), 128u + 96);
}

TEST(MemoryPlan, PartsAreNotNestedWhereThatTakesMore) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(4, 10).ok());
  plan.Reserve(0, 1600, 1, 2, false);
  plan.Reserve(1, 16, 2, 8, false);  // a small part that lives on
  plan.Reserve(2, 1600, 5, 6, false);
  EXPECT_FALSE(plan.Nest(0, 1, 16, 0));
  plan.Reserve(3, 1616, 7, 9, false);  // as much as that would take
  EXPECT_FALSE(plan.Nest(0, 1, 16, 0));
  plan.Reserve(2, 16, 5, 6, false);
  plan.Reserve(3, 16, 7, 9, false);
  EXPECT_TRUE(plan.Nest(0, 1, 16, 0));
}

TEST(MemoryPlan, WhatIsKeptOrRestsTwiceIsNotNested) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(4, 5).ok());
  plan.Reserve(0, 64, 0, 2, true);
  plan.Reserve(1, 128, 2, 4, true);
  plan.Reserve(2, 64, 1, 2, false);
  EXPECT_FALSE(plan.Nest(1, 0, 64, 0));
  plan.Keep(1);
  EXPECT_EQ(plan.first(1), 0);
  EXPECT_FALSE(plan.Nest(1, 2, 64, 64));
}

// Tensors as networks have them: most are read by the next operator, some later.
TEST(MemoryPlan, NetworksReachTheirBounds) {
  std::mt19937 random(7);
  const auto below = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  int beyond = 0;
  for (int round = 0; round < 300; ++round) {
    const int steps = 5 + below(60);
    MemoryPlan plan(MallocAllocator());
    ASSERT_TRUE(plan.Init(steps + 1).ok());
    for (int t = 0; t <= steps; ++t) {
      const auto bytes = static_cast<uint32_t>(16 * (1 + below(64)) << below(4));
      const int last = std::min(t + 1 + (below(4) == 0 ? below(12) : 0), steps + 1);
      plan.Reserve(t, bytes, t, last, t == 0);
    }
    ASSERT_TRUE(plan.Compute().ok());
    if (plan.size() > plan.bound()) ++beyond;
  }
  EXPECT_LE(beyond, 6);
}

TEST(MemoryPlan, RefusesAnArenaBeyond2GiB) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(2).ok());
  plan.Reserve(0, 0x7FFFFFF0, 0, 1, false);
  plan.Reserve(1, 0x7FFFFFF0, 1, 2, false);
  EXPECT_EQ(plan.Compute().code(), Code::kUnsupported);
}

// A byte each for what fixed blocks cover at a time, or at rest.
size_t Covered(const std::vector<Request>& requests, int time) {
  std::vector<bool> covered(20000);
  for (const Request& r : requests) {
    const bool in_use = time < 0 ? r.resting : r.first <= time && time <= r.last;
    if (r.fixed_at < 0 || !in_use) continue;
    const auto begin = covered.begin() + r.fixed_at;
    std::fill(begin, begin + (r.bytes + 15) / 16 * 16, true);
  }
  return static_cast<size_t>(std::count(covered.begin(), covered.end(), true));
}

size_t LoadWithFixed(const std::vector<Request>& requests) {
  std::vector<Request> free;
  size_t most = 0;
  for (const Request& r : requests) {
    if (r.fixed_at < 0) free.push_back(r);
    if (r.fixed_at >= 0)
      most = std::max(most, static_cast<size_t>(r.fixed_at) + (r.bytes + 15) / 16 * 16);
  }
  for (int time = -1; time < 40; ++time) {
    size_t load = Covered(requests, time);
    for (const Request& r : free)
      if (time < 0 ? r.resting : r.first <= time && time <= r.last)
        load += (r.bytes + 15) / 16 * 16;
    most = std::max(most, load);
  }
  return most;
}

TEST(MemoryPlan, FixedBlocksLieWhereTheyWereToldAndOthersKeepClear) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    std::vector<Request> requests = RandomRequests(random);
    for (Request& r : requests)
      if (random() % 3 == 0) r.fixed_at = static_cast<int>(random() % 800 * 16);
    MemoryPlan plan(MallocAllocator());
    ASSERT_TRUE(plan.Init(static_cast<int>(requests.size())).ok());
    for (size_t i = 0; i < requests.size(); ++i) {
      const Request& r = requests[i];
      plan.Reserve(static_cast<int>(i), r.bytes, r.first, r.last, r.resting);
      if (r.fixed_at >= 0) plan.Fix(static_cast<int>(i), static_cast<uint32_t>(r.fixed_at));
    }
    ASSERT_TRUE(plan.Compute().ok());
    EXPECT_EQ(plan.bound(), LoadWithFixed(requests));
    EXPECT_GE(plan.size(), plan.bound());
    for (size_t i = 0; i < requests.size(); ++i) {
      const Request& r = requests[i];
      const uint32_t at = plan.offset(static_cast<int>(i));
      EXPECT_LE(at + r.bytes, plan.size());
      EXPECT_TRUE(r.fixed_at < 0 || at == static_cast<uint32_t>(r.fixed_at));
      for (size_t k = 0; k < i; ++k) {
        if (r.fixed_at >= 0 && requests[k].fixed_at >= 0) continue;
        const bool apart = !Overlap(r, at, requests[k], plan.offset(static_cast<int>(k)));
        EXPECT_TRUE(apart || !Meet(r, requests[k])) << i << " and " << k;
      }
    }
    for (int time = 0; time < 40; ++time) {
      size_t load = Covered(requests, time);
      for (const Request& r : requests)
        if (r.fixed_at < 0 && r.first <= time && time <= r.last) load += (r.bytes + 15) / 16 * 16;
      EXPECT_EQ(plan.live(time), load) << time;
    }
  }
}

TEST(MemoryPlan, FixedBlocksAreNotMergedUntilTheyAreFree) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(2).ok());
  plan.Reserve(0, 64, 0, 1, false);
  plan.Reserve(1, 64, 1, 2, false);
  plan.Fix(0, 4096);
  EXPECT_TRUE(plan.fixed(0));
  EXPECT_FALSE(plan.Merge(0, 1));
  EXPECT_FALSE(plan.Merge(1, 0));
  plan.Unfix(0);
  EXPECT_TRUE(plan.Merge(0, 1));
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.size(), 64u);
}

TEST(MemoryPlan, AFixedBlockMayNotEndBeyond2GiB) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(1).ok());
  plan.Reserve(0, 32, 0, 1, false);
  plan.Fix(0, 0x7FFFFFF0);
  EXPECT_EQ(plan.Compute().code(), Code::kUnsupported);
}

TEST(MemoryPlan, EmptyPlansAreFine) {
  MemoryPlan plan(MallocAllocator());
  ASSERT_TRUE(plan.Init(0).ok());
  ASSERT_TRUE(plan.Compute().ok());
  EXPECT_EQ(plan.size(), 0u);
}

}  // namespace plan_test
}  // namespace moonlet
