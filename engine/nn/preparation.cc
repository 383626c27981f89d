#include "engine/nn/preparation.h"

#include "engine/nn/variables.h"

namespace moonlet {

// Strings and resources have no size; operators that touch them are refused elsewhere.
void Preparation::Produce(int tensor, int time, bool resting) {
  const int64_t bytes = ModelTensor(model_, MainGraph(model_), tensor).bytes();
  if (bytes > 0) plan_.Reserve(tensor, static_cast<uint32_t>(bytes), time, time, resting);
}

// What nobody produced is memory for a custom operator to work in.
void Preparation::Use(int tensor, int time) {
  if (ModelTensor(model_, MainGraph(model_), tensor).constant()) return;
  if (plan_.reserved(tensor)) {
    plan_.Extend(tensor, time);
  } else {
    Produce(tensor, time, false);
  }
}

Status Preparation::PlanTensors() {
  const tflite::SubGraph& graph = MainGraph(model_);
  const uint32_t tensors = Count(graph.tensors());
  const uint32_t operators = Count(graph.operators());
  if (uint64_t{tensors} + operators > MemoryPlan::kMaxBlocks)
    return Status::Unsupported("%u tensors and %u operators, expected at most %d together", tensors,
                               operators, MemoryPlan::kMaxBlocks);
  tensors_ = static_cast<int>(tensors);
  operators_ = static_cast<int>(operators);
  if (Status s = plan_.Init(tensors_ + operators_); !s.ok()) return s;

  // Time 0 is before the first operator.
  const int end = operators_ + 1;
  for (int t = 0; t < tensors_; ++t) {
    Variable variable;
    if (FindVariable(model_, t, &variable)) plan_.Reserve(t, variable.bytes, 0, end, true);
  }
  for (uint32_t i = 0; i < Count(graph.inputs()); ++i) Produce(graph.inputs()->Get(i), 0, true);
  for (int i = 0; i < operators_; ++i) {
    const tflite::Operator& op = *graph.operators()->Get(static_cast<uint32_t>(i));
    for (uint32_t k = 0; k < Count(op.inputs()); ++k)
      if (op.inputs()->Get(k) >= 0) Use(op.inputs()->Get(k), TimeOf(i));
    for (uint32_t k = 0; k < Count(op.outputs()); ++k) Produce(op.outputs()->Get(k), TimeOf(i), false);
  }
  for (uint32_t i = 0; i < Count(graph.outputs()); ++i) {
    const ModelTensor output(model_, graph, graph.outputs()->Get(i));
    if (!output.constant() && output.bytes() > 0) plan_.ExtendResting(output.index(), end);
  }
  return Status();
}

Status Preparation::Measure(int* refused) {
  StepWriter writer(model_.bytes().span(), &plan_, tensors_);
  for (int i = 0; i < operators_; ++i) {
    const Status s = PrepareOperator(Node(model_, i), backends_, writer);
    if (s.ok()) continue;
    if (refused == nullptr) return s;
    ++*refused;
  }
  step_bytes_ = writer.bytes();
  return plan_.Compute();
}

Status Preparation::Write(std::span<uint8_t> memory) {
  StepWriter writer(model_.bytes().span(), &plan_, tensors_, memory);
  for (int i = 0; i < operators_; ++i)
    if (Status s = PrepareOperator(Node(model_, i), backends_, writer); !s.ok()) return s;
  if (writer.overrun() || writer.bytes() != memory.size() || !model_.Unchanged())
    return Status::Error(Code::kChanged, "model file changed");
  return Status();
}

}  // namespace moonlet
