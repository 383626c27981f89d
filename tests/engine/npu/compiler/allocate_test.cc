#include "engine/npu/compiler/allocate.h"

#include <gtest/gtest.h>

#include "engine/npu/compiler/lowering.h"

namespace moonlet::npu {
namespace allocate_test {

constexpr uint32_t kBytes = 64;

// A draft of maps of kBytes and steps from one to another.
class Sketch {
 public:
  int Area(bool input = false, bool output = false) {
    draft.areas.push_back({kBytes, input, output});
    return static_cast<int>(draft.areas.size()) - 1;
  }
  void Step(OperationKind kind, int from, int to) {
    DraftStep step;
    step.op.kind = kind;
    const FeatureMap map = DenseMap({2, 2, 16}, kInt8, Layout::kNhwc, 0);
    Lowering::SetIfm({map, from}, &step);
    Lowering::SetOfm({map, to}, &step);
    draft.steps.push_back(step);
  }
  void Cpu(std::vector<int> areas) {
    DraftStep step;
    step.unit = false;
    step.others = std::move(areas);
    draft.steps.push_back(step);
  }
  uint64_t offset(int area) const { return draft.areas[static_cast<size_t>(area)].offset; }

  Draft draft;
};

TEST(NpuAllocate, MapsShareMemoryOnceTheyAreRead) {
  Sketch s;
  const int a = s.Area(true), b = s.Area(), c = s.Area(), d = s.Area(false, true);
  s.Step(OperationKind::kPool, a, b);
  s.Step(OperationKind::kPool, b, c);
  s.Step(OperationKind::kPool, c, d);
  ASSERT_TRUE(Allocate(&s.draft).ok());
  EXPECT_EQ(s.draft.arena, 2 * kBytes);
  EXPECT_NE(s.offset(b), s.offset(c));
  // What the user writes does not touch what he may still read.
  EXPECT_NE(s.offset(a), s.offset(d));
}

TEST(NpuAllocate, BasesMoveFromAreasToTheArena) {
  Sketch s;
  const int a = s.Area(true), b = s.Area(false, true);
  s.Step(OperationKind::kPool, a, b);
  s.draft.steps[0].op.ifm.base[0] = 16;
  ASSERT_TRUE(Allocate(&s.draft).ok());
  EXPECT_EQ(s.draft.steps[0].op.ifm.base[0], s.offset(a) + 16);
  EXPECT_EQ(s.draft.steps[0].op.ofm.base[0], s.offset(b));
}

TEST(NpuAllocate, AnElementwiseWorksInPlaceWhereItsInputEnds) {
  Sketch s;
  const int a = s.Area(true), b = s.Area(), c = s.Area(), d = s.Area(false, true);
  s.Step(OperationKind::kPool, a, b);
  s.Step(OperationKind::kElementwise, b, c);
  s.Step(OperationKind::kPool, c, d);
  ASSERT_TRUE(Allocate(&s.draft).ok());
  EXPECT_EQ(s.offset(b), s.offset(c));
}

TEST(NpuAllocate, NotInPlaceWhereTheInputIsReadAgain) {
  Sketch s;
  const int a = s.Area(true), b = s.Area(), c = s.Area(), d = s.Area(false, true);
  s.Step(OperationKind::kPool, a, b);
  s.Step(OperationKind::kElementwise, b, c);
  s.Cpu({b, d});
  s.Step(OperationKind::kPool, c, d);
  ASSERT_TRUE(Allocate(&s.draft).ok());
  EXPECT_NE(s.offset(b), s.offset(c));
  EXPECT_EQ(s.draft.arena, 3 * kBytes);
}

TEST(NpuAllocate, WhatTheCpuReadsStays) {
  Sketch s;
  const int a = s.Area(true), b = s.Area(), c = s.Area(), d = s.Area(false, true);
  s.Step(OperationKind::kPool, a, b);
  s.Step(OperationKind::kPool, b, c);
  s.Cpu({b});
  s.Step(OperationKind::kPool, c, d);
  ASSERT_TRUE(Allocate(&s.draft).ok());
  EXPECT_NE(s.offset(b), s.offset(c));
  // After that it may go.
  EXPECT_EQ(s.offset(b), s.offset(d));
  EXPECT_EQ(s.draft.arena, 2 * kBytes);
}

TEST(NpuAllocate, TooManyMapsAreRefused) {
  Sketch s;
  for (int i = 0; i < 5000; ++i) s.Area();
  EXPECT_EQ(Allocate(&s.draft).code(), Code::kUnsupported);
}

}  // namespace allocate_test
}  // namespace moonlet::npu
