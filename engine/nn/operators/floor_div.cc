// FLOOR_DIV and FLOOR_MOD: two inputs, broadcast against each other.
#include "engine/kernels/floor_div.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct FloorDivRecord {
  PairRecord<NoParams> pair;
  uint32_t divisors;
};

// A divisor of 0 fails the run, as in the reference.
bool RunFloorDiv(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FloorDivRecord*>(record);
  if (NoneIsZero(run.Read<float>(r->pair.b), r->divisors, run.stop))
    return RunPair<float, FloorDivF32, NoParams, float>(&r->pair, run);
  return run.stop.raised() ? false : run.Refuse(Status::Invalid("a divisor is 0"));
}

}  // namespace

Status PrepareFloorDivF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  if (Status s = CheckPair(node, &pair); !s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<FloorDivRecord>(RunFloorDiv);
  if (r == nullptr) return Status();
  const ModelTensor b = node.input(1);
  r->pair = {{}, pair, writer.At(node.input(0)), writer.At(b), writer.At(node.output(0))};
  r->divisors = static_cast<uint32_t>(b.elements());
  return Status();
}

Status PrepareFloorModF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  const Status s = CheckPair(node, &pair);
  if (s.ok()) WritePair<float, FloorModF32>(node, NoParams(), pair, writer);
  return s;
}

const StepList kFloorDivSteps =
    ListSteps<Step<FloorDivRecord, RunFloorDiv>, PairStep<float, FloorModF32, NoParams>>();

}  // namespace moonlet
