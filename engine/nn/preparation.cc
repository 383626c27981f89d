#include "engine/nn/preparation.h"

#include "engine/nn/variables.h"

namespace moonlet {

Preparation::Preparation(const Model& model, Allocator& allocator, Backends backends)
    : model_(model),
      graph_(MainGraph(model)),
      called_(false),
      own_{allocator, backends},
      nesting_(own_),
      plan_(allocator) {}

Preparation::Preparation(const Model& model, const tflite::SubGraph& graph, Nesting& nesting)
    : model_(model),
      graph_(graph),
      called_(true),
      own_(nesting),
      nesting_(nesting),
      plan_(nesting.allocator) {}

// Strings and resources have no size; operators that touch them are refused elsewhere.
void Preparation::Produce(int tensor, int time, bool resting) {
  const ModelTensor produced(model_, graph_, tensor);
  if (produced.variable() || produced.bytes() == 0) return;
  plan_.Reserve(tensor, static_cast<uint32_t>(produced.bytes()), time, time, resting);
}

// What nobody produced is memory for a custom operator to work in.
void Preparation::Use(int tensor, int time) {
  if (ModelTensor(model_, graph_, tensor).constant()) return;
  if (plan_.reserved(tensor)) {
    plan_.Extend(tensor, time);
  } else {
    Produce(tensor, time, false);
  }
}

// Counts the blocks of a called graph against what a model may ask for.
Status Preparation::Enter() {
  const uint32_t tensors = Count(graph_.tensors());
  const uint32_t operators = Count(graph_.operators());
  if (uint64_t{tensors} + operators > MemoryPlan::kMaxBlocks)
    return Status::Unsupported("%u tensors and %u operators, expected at most %d together", tensors,
                               operators, MemoryPlan::kMaxBlocks);
  tensors_ = static_cast<int>(tensors);
  operators_ = static_cast<int>(operators);
  if (!called_) return Status();
  nesting_.blocks -= tensors_ + operators_ + 1;
  if (nesting_.blocks < 0)
    return Status::Unsupported("calls of subgraphs add up to more than %d tensors and operators",
                               Nesting::kMaxBlocks);
  if (nesting_.depth >= Nesting::kMaxDepth)
    return Status::Unsupported("calls are nested deeper than %d", Nesting::kMaxDepth);
  return CheckVariables();
}

Status Preparation::CheckVariables() const {
  for (int t = 0; t < tensors_; ++t) {
    const ModelTensor tensor(model_, graph_, t);
    if (tensor.variable())
      return Status::Unsupported("tensor %d '%s' is a variable, which no subgraph keeps", t,
                                 PrintableName(tensor.name()).text);
  }
  return Status();
}

Status Preparation::PlanTensors() {
  if (Status s = Enter(); !s.ok()) return s;
  if (Status s = plan_.Init(tensors_ + operators_); !s.ok()) return s;

  // Time 0 is before the first operator.
  const int end = operators_ + 1;
  for (int t = 0; t < tensors_ && !called_; ++t) {
    Variable variable;
    if (FindVariable(model_, t, &variable)) plan_.Reserve(t, variable.bytes, 0, end, true);
  }
  for (uint32_t i = 0; i < Count(graph_.inputs()); ++i) Produce(graph_.inputs()->Get(i), 0, true);
  for (int i = 0; i < operators_; ++i) {
    const tflite::Operator& op = *graph_.operators()->Get(static_cast<uint32_t>(i));
    for (uint32_t k = 0; k < Count(op.inputs()); ++k)
      if (op.inputs()->Get(k) >= 0) Use(op.inputs()->Get(k), TimeOf(i));
    for (uint32_t k = 0; k < Count(op.outputs()); ++k)
      Produce(op.outputs()->Get(k), TimeOf(i), false);
  }
  for (uint32_t i = 0; i < Count(graph_.outputs()); ++i) {
    const ModelTensor output(model_, graph_, graph_.outputs()->Get(i));
    if (!output.constant() && output.bytes() > 0) plan_.ExtendResting(output.index(), end);
  }
  return Status();
}

Status Preparation::PrepareEach(StepWriter& writer, int* refused) {
  if (called_) ++nesting_.depth;
  Status s;
  for (int i = 0; i < operators_ && s.ok(); ++i) {
    const Node node(model_, graph_, i);
    s = called_ ? PrepareCalledOperator(node, nesting_.backends, writer)
                : PrepareOperator(node, nesting_.backends, writer);
    if (s.ok() || refused == nullptr) continue;
    ++*refused;
    s = Status();
  }
  if (called_) --nesting_.depth;
  return s;
}

Status Preparation::Ask() {
  if (Status s = Enter(); !s.ok()) return s;
  StepWriter writer(model_.bytes().span(), nullptr, tensors_, nesting_);
  return PrepareEach(writer, nullptr);
}

Status Preparation::Measure(int* refused) {
  StepWriter writer(model_.bytes().span(), &plan_, tensors_, nesting_);
  if (Status s = PrepareEach(writer, refused); !s.ok()) return s;
  step_bytes_ = writer.bytes();
  return plan_.Compute();
}

Status Preparation::Write(std::span<uint8_t> memory) {
  // What was measured is within bounds; called graphs are measured again before they are
  // written, and those that they call, once for each level.
  if (!called_) nesting_.blocks = Nesting::kMaxBlocks * (Nesting::kMaxDepth + 1);
  StepWriter writer(model_.bytes().span(), &plan_, tensors_, nesting_, memory);
  if (Status s = PrepareEach(writer, nullptr); !s.ok()) return s;
  if (writer.overrun() || writer.bytes() != memory.size() || !model_.Unchanged())
    return Status::Error(Code::kChanged, "model file changed");
  return Status();
}

Operand Preparation::At(const ModelTensor& tensor) {
  return StepWriter(model_.bytes().span(), &plan_, tensors_, nesting_, {}).At(tensor);
}

}  // namespace moonlet
