#include "engine/nn/single_run.h"

#include <cstring>

#include "engine/base/float_mode.h"
#include "engine/base/stop_token.h"
#include "engine/nn/steps.h"

namespace moonlet {
namespace {

constexpr int kTime = 1;

int TensorsOf(const Node& node) { return static_cast<int>(Count(node.graph().tensors())); }
int OperatorsOf(const Node& node) { return static_cast<int>(Count(node.graph().operators())); }

}  // namespace

SingleRun::~SingleRun() {
  if (step_ != nullptr) nesting_.allocator.Free(step_, step_bytes_);
  if (arena_ != nullptr) nesting_.allocator.Free(arena_, plan_.size());
}

Status SingleRun::Run() {
  Status s = Plan();
  if (s.ok()) s = Write();
  return s.ok() ? Execute() : s;
}

Status SingleRun::Plan() {
  Status s = plan_.Init(TensorsOf(node_) + OperatorsOf(node_), kTime + 2);
  if (!s.ok()) return s;
  for (int k = 0; k < node_.outputs(); ++k)
    plan_.Reserve(node_.output_index(k), static_cast<uint32_t>(node_.output(k).bytes()), kTime,
                  kTime, false);
  StepWriter writer(node_.model().bytes().span(), &plan_, TensorsOf(node_), nesting_);
  writer.SetTime(kTime);
  s = PrepareOperator(node_, nesting_.backends, writer);
  if (s.ok() && (writer.stateful() || writer.bytes() == 0))
    s = Status::Unsupported("not an operator that runs by itself");
  step_bytes_ = writer.bytes();
  return s.ok() ? plan_.Compute() : s;
}

Status SingleRun::Write() {
  step_ = static_cast<uint8_t*>(nesting_.allocator.Allocate(step_bytes_, alignof(StepRecord)));
  if (step_ == nullptr) return Status::NoMemory(step_bytes_);
  StepWriter writer(node_.model().bytes().span(), &plan_, TensorsOf(node_), nesting_,
                    {step_, step_bytes_}, {});
  writer.SetTime(kTime);
  writer.SetComputed(constants_.computed);
  const Status s = PrepareOperator(node_, nesting_.backends, writer);
  if (!s.ok() || (!writer.overrun() && writer.bytes() == step_bytes_)) return s;
  return Status::Error(Code::kChanged, "model file changed");
}

Status SingleRun::Execute() {
  arena_ = static_cast<uint8_t*>(nesting_.allocator.Allocate(plan_.size(), kArenaAlignment));
  if (arena_ == nullptr) return Status::NoMemory(plan_.size());
  std::memset(arena_, 0, plan_.size());
  const StopToken never;
  Status refusal;
  bool early = false;
  const RunContext run = {arena_, constants_, never, refusal, early};
  const FlushDenormals flush;
  const bool finished = moonlet::Execute(*reinterpret_cast<const StepRecord*>(step_), run);
  if (finished || !refusal.ok()) return refusal;
  return Status::Stopped();
}

}  // namespace moonlet
