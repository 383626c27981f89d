#include "engine/npu/compiler/allocate.h"

#include <algorithm>

#include "engine/nn/plan.h"

namespace moonlet::npu {
namespace {

struct Life {
  int first = MemoryPlan::kForever;
  int last = -1;

  void Meet(int time) {
    first = std::min(first, time);
    last = std::max(last, time);
  }
};

template <typename Visit>
void ForEachArea(const DraftStep& step, Visit visit) {
  for (const int area : {step.ifm, step.ifm2, step.ofm, step.buffer})
    if (area != kNone) visit(area);
  for (const int area : step.others) visit(area);
}

std::vector<Life> LivesOf(const Draft& draft) {
  std::vector<Life> lives(draft.areas.size());
  for (size_t i = 0; i < draft.steps.size(); ++i)
    ForEachArea(draft.steps[i],
                [&](int area) { lives[static_cast<size_t>(area)].Meet(static_cast<int>(i) + 1); });
  for (size_t i = 0; i < lives.size(); ++i) {
    if (draft.areas[i].model_input) lives[i].Meet(0);
    if (draft.areas[i].model_output) lives[i].Meet(MemoryPlan::kForever);
  }
  return lives;
}

bool SamePlaces(const FeatureMap& a, const FeatureMap& b) {
  return a.element == b.element && a.layout == b.layout && a.height == b.height &&
         a.width == b.width && a.depth == b.depth && a.base[0] == b.base[0] &&
         a.stride_y == b.stride_y && a.stride_x == b.stride_x && a.stride_c == b.stride_c;
}

// The operand's area ends with the step that begins the result's, element on element.
bool MayOverwrite(const Draft& draft, const std::vector<Life>& lives, const DraftStep& step,
                  int time, int area, const FeatureMap& map) {
  if (area == kNone || area == step.ofm || !SamePlaces(map, step.op.ofm)) return false;
  const auto from = static_cast<size_t>(area);
  const auto to = static_cast<size_t>(step.ofm);
  return lives[from].last == time && lives[to].first == time &&
         draft.areas[from].bytes == draft.areas[to].bytes;
}

void MergeInPlace(const Draft& draft, const std::vector<Life>& lives, MemoryPlan* plan) {
  for (size_t i = 0; i < draft.steps.size(); ++i) {
    const DraftStep& step = draft.steps[i];
    if (!step.unit || step.op.kind != OperationKind::kElementwise) continue;
    const int time = static_cast<int>(i) + 1;
    if (MayOverwrite(draft, lives, step, time, step.ifm, step.op.ifm)) {
      if (plan->Merge(step.ifm, step.ofm)) continue;
    }
    if (MayOverwrite(draft, lives, step, time, step.ifm2, step.op.ifm2))
      static_cast<void>(plan->Merge(step.ifm2, step.ofm));
  }
}

void MoveBases(Draft* draft) {
  const auto move = [draft](int area, uint64_t* base) {
    if (area != kNone) *base += draft->areas[static_cast<size_t>(area)].offset;
  };
  for (DraftStep& step : draft->steps) {
    if (!step.unit) continue;
    move(step.ifm, &step.op.ifm.base[0]);
    move(step.ifm2, &step.op.ifm2.base[0]);
    if (step.op.kind == OperationKind::kDma) {
      move(step.ofm, &step.op.dma.target);
    } else {
      move(step.ofm, &step.op.ofm.base[0]);
    }
    move(step.buffer, &step.op.weights[0].base);
    move(step.buffer, &step.op.scales[0].base);
  }
}

}  // namespace

std::vector<uint64_t> LiveBytes(const Draft& draft) {
  const int steps = static_cast<int>(draft.steps.size());
  std::vector<uint64_t> live(draft.steps.size(), 0);
  const std::vector<Life> lives = LivesOf(draft);
  for (size_t i = 0; i < lives.size(); ++i)
    for (int time = std::max(lives[i].first, 1); time <= std::min(lives[i].last, steps); ++time)
      live[static_cast<size_t>(time) - 1] += draft.areas[i].bytes;
  return live;
}

Status Allocate(Draft* draft) {
  if (draft->areas.size() > MemoryPlan::kMaxBlocks || draft->steps.size() >= MemoryPlan::kForever)
    return Status::Unsupported("%zu feature maps and %zu operations: more than can be planned",
                               draft->areas.size(), draft->steps.size());
  const std::vector<Life> lives = LivesOf(*draft);
  MemoryPlan plan(MallocAllocator());
  if (Status s = plan.Init(static_cast<int>(draft->areas.size())); !s.ok()) return s;
  for (size_t i = 0; i < lives.size(); ++i) {
    const Area& area = draft->areas[i];
    if (lives[i].last >= 0)
      plan.Reserve(static_cast<int>(i), area.bytes, lives[i].first, lives[i].last,
                   area.model_input || area.model_output);
  }
  MergeInPlace(*draft, lives, &plan);
  if (Status s = plan.Compute(); !s.ok()) return s;
  for (size_t i = 0; i < lives.size(); ++i)
    if (lives[i].last >= 0) draft->areas[i].offset = plan.offset(static_cast<int>(i));
  draft->arena = plan.size();
  MoveBases(draft);
  return Status();
}

}  // namespace moonlet::npu
