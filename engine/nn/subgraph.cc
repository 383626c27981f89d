#include "engine/nn/subgraph.h"

#include <cstring>

#include "engine/nn/checks.h"
#include "engine/nn/steps.h"

namespace moonlet {
namespace {

constexpr size_t kSubgraphAlign = alignof(SubgraphRecord);

void CopyIn(const SubgraphPort& port, const RunContext& inside, const RunContext& outside) {
  std::memcpy(inside.Write<uint8_t>(port.inside), outside.Address(port.outside), port.bytes);
}
void CopyOut(const SubgraphPort& port, const RunContext& inside, const RunContext& outside) {
  std::memcpy(outside.Write<uint8_t>(port.outside), inside.Address(port.inside), port.bytes);
}

}  // namespace

bool CallSubgraph(const SubgraphRecord& record, Operand memory, const RunContext& caller) {
  RunContext inside = caller;
  inside.arena = caller.arena + memory.at;
  inside.workers = nullptr;  // their scratch is measured for the main graph
  const SubgraphPort* port = record.ports();
  const SubgraphPort* outputs = port + record.inputs;
  const SubgraphPort* end = outputs + record.outputs;
  for (; port < outputs; ++port) CopyIn(*port, inside, caller);
  const size_t steps_at = reinterpret_cast<uintptr_t>(end) - reinterpret_cast<uintptr_t>(&record);
  const auto* step = reinterpret_cast<const StepRecord*>(reinterpret_cast<const uint8_t*>(&record) +
                                                         (steps_at + kSubgraphAlign - 1) /
                                                             kSubgraphAlign * kSubgraphAlign);
  for (uint32_t i = 0; i < record.steps; ++i, step = step->next())
    if (caller.stop.raised() || !Execute(*step, inside)) return false;
  for (port = outputs; port < end; ++port) CopyOut(*port, inside, caller);
  return true;
}

Status CheckSubgraphIndex(const Model& model, int32_t index) {
  const uint32_t graphs = model.root()->subgraphs()->size();
  if (index >= 1 && static_cast<uint32_t>(index) < graphs) return Status();
  return Status::Invalid("subgraph %d, expected 1 to %u", index, graphs - 1);
}

Subgraph::Subgraph(const Model& model, int32_t index, const StepWriter& writer)
    : model_(model),
      graph_(*model.root()->subgraphs()->Get(static_cast<uint32_t>(index))),
      index_(index),
      inputs_(static_cast<int>(Count(graph_.inputs()))),
      outputs_(static_cast<int>(Count(graph_.outputs()))),
      planned_(writer.plans()),
      preparation_(model, graph_, writer.nesting()) {}

ModelTensor Subgraph::InputTensor(int k) const {
  return ModelTensor(model_, graph_, graph_.inputs()->Get(static_cast<uint32_t>(k)));
}
ModelTensor Subgraph::OutputTensor(int k) const {
  return ModelTensor(model_, graph_, graph_.outputs()->Get(static_cast<uint32_t>(k)));
}

Status Subgraph::CheckLike(const char* role, int k, const ModelTensor& inside,
                           const ModelTensor& outside) const {
  if (inside.type() == outside.type() && inside.bytes() == outside.bytes()) return Status();
  return Status::Invalid("subgraph %d: %s %d is %s %s, the operator's is %s %s", index_, role,
                         k + 1, NameOf(inside.type()), DimsText(inside.shape()).text,
                         NameOf(outside.type()), DimsText(outside.shape()).text);
}

Status Subgraph::CheckInput(int k, const ModelTensor& outside) const {
  return CheckLike("input", k, InputTensor(k), outside);
}
Status Subgraph::CheckOutput(int k, const ModelTensor& outside) const {
  return CheckLike("output", k, OutputTensor(k), outside);
}

Status Subgraph::Measure() {
  Status s;
  if (planned_) {
    s = preparation_.PlanTensors();
    if (s.ok()) s = preparation_.Measure(nullptr);
  } else {
    s = preparation_.Ask();
  }
  if (s.ok()) return s;
  return Status::Error(s.code(), "subgraph %d: %s", index_, s.what());
}

uint32_t Subgraph::arena_bytes() const { return static_cast<uint32_t>(preparation_.plan().size()); }

size_t Subgraph::StepsAt() const {
  const auto ports = static_cast<size_t>(inputs() + outputs());
  const size_t bytes = sizeof(SubgraphRecord) + ports * sizeof(SubgraphPort);
  return (bytes + kSubgraphAlign - 1) / kSubgraphAlign * kSubgraphAlign;
}

size_t Subgraph::record_bytes() const { return StepsAt() + preparation_.step_bytes(); }

Status Subgraph::Write(SubgraphRecord* record) {
  const size_t bytes = record_bytes();
  *record = {static_cast<uint32_t>(inputs()), static_cast<uint32_t>(outputs()),
             static_cast<uint32_t>(preparation_.steps()), static_cast<uint32_t>(bytes)};
  SubgraphPort* port = record->ports();
  for (int k = 0; k < inputs(); ++k) {
    const ModelTensor tensor = InputTensor(k);
    *port++ = {preparation_.At(tensor), {}, static_cast<uint32_t>(tensor.bytes())};
  }
  for (int k = 0; k < outputs(); ++k) {
    const ModelTensor tensor = OutputTensor(k);
    *port++ = {preparation_.At(tensor), {}, static_cast<uint32_t>(tensor.bytes())};
  }
  const std::span all(reinterpret_cast<uint8_t*>(record), bytes);
  return preparation_.Write(all.subspan(StepsAt()), {});
}

}  // namespace moonlet
