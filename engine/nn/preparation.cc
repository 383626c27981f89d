#include "engine/nn/preparation.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/variables.h"

namespace moonlet {

Preparation::Preparation(const Model& model, Allocator& allocator, Backends backends, bool keeps,
                         KernelsOf kernels)
    : model_(model),
      graph_(MainGraph(model)),
      called_(false),
      own_{allocator, backends},
      nesting_(own_),
      plan_(allocator),
      offline_(model),
      rewrite_(model, allocator),
      order_(model, allocator),
      keeps_(keeps),
      kernels_(kernels) {}

Preparation::Preparation(const Model& model, const tflite::SubGraph& graph, Nesting& nesting)
    : model_(model),
      graph_(graph),
      called_(true),
      own_(nesting),
      nesting_(nesting),
      plan_(nesting.allocator),
      rewrite_(model, nesting.allocator),
      order_(model, nesting.allocator) {}

void Preparation::Free() {
  plan_.Free();
  rewrite_.Free();
  order_.Free();
}

Node Preparation::NodeAt(int op) const {
  return called_ ? Node(model_, graph_, op) : rewrite_.NodeOf(op);
}

void Preparation::Reserve(int tensor, uint32_t bytes, int first, int last, bool resting) {
  plan_.Reserve(tensor, bytes, first, last, resting);
  const int32_t offset = offline_.offset(tensor);
  if (offset >= 0) plan_.Fix(tensor, static_cast<uint32_t>(offset));
}

bool Preparation::IsConstant(int tensor) const {
  if (!called_ && constants().Has(tensor)) return true;
  return ModelTensor(model_, graph_, tensor).constant();
}

// Strings and resources have no size; operators that touch them are refused elsewhere.
void Preparation::Produce(int tensor, int time, bool resting) {
  const ModelTensor produced(model_, graph_, tensor);
  if (produced.variable() || produced.bytes() == 0) return;
  Reserve(tensor, static_cast<uint32_t>(produced.bytes()), time, time, resting);
}

// What nobody produced is memory for a custom operator to work in.
void Preparation::Use(int tensor, int time) {
  if (IsConstant(tensor)) return;
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
  Status s = called_ ? Status() : rewrite_.Init();
  // A file that tells where its tensors lie means them to be there.
  if (s.ok() && !called_ && !offline_.present()) {
    rewrite_.Decide(nesting_, keeps_);
    s = order_.Search(rewrite_);
  }
  return s.ok() ? LayTensors() : s;
}

Status Preparation::LayTensors() {
  rewrite_.ForgetMeasured();
  // Time 0 is before the first operator.
  const int end = operators_ + 1;
  if (Status s = plan_.Init(tensors_ + operators_, end + 1); !s.ok()) return s;
  for (int t = 0; t < tensors_ && !called_; ++t) {
    Variable variable;
    if (FindVariable(model_, t, &variable)) Reserve(t, variable.bytes, 0, end, true);
  }
  for (uint32_t i = 0; i < Count(graph_.inputs()); ++i) Produce(graph_.inputs()->Get(i), 0, true);
  for (int place = 0; place < operators_; ++place) {
    const int i = order_.OperatorAt(place);
    if (!rewrite_.runs(i)) continue;
    const Node node = NodeAt(i);
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k) && IsRead(node, k)) Use(node.input_index(k), TimeOf(i));
    for (int k = 0; k < node.outputs(); ++k) Produce(node.output_index(k), TimeOf(i), false);
  }
  for (uint32_t i = 0; i < Count(graph_.outputs()); ++i) {
    const ModelTensor output(model_, graph_, graph_.outputs()->Get(i));
    if (!output.constant() && output.bytes() > 0) plan_.ExtendResting(output.index(), end);
  }
  LayPatches();
  return Status();
}

Status Preparation::PrepareOne(int op, StepWriter& writer) {
  const Node node = NodeAt(op);
  if (called_) return PrepareCalledOperator(node, nesting_.backends, writer);
  ByteTable table;
  if (!rewrite_.TableOfChain(op, nesting_, &table))
    return PrepareOperator(node, nesting_.backends, writer);
  writer.Begin(node);
  WriteByteTable(node, table, writer);
  return Status();
}

Status Preparation::PrepareEach(StepWriter& writer, int* refused) {
  if (called_) ++nesting_.depth;
  steps_ = 0;
  Status s;
  for (int place = 0; place < operators_ && s.ok(); ++place) {
    const int i = order_.OperatorAt(place);
    if (!rewrite_.runs(i) && !rewrite_.IsAlias(i)) continue;
    writer.SetTime(TimeOf(i));
    const int link = patches_.Find(i);
    if (link == 0) writer.BeginPatches(i, patches_.list(), patches_.bands);
    const size_t before = writer.bytes();
    s = PrepareOne(i, writer);
    if (writer.bytes() > before && link <= 0) ++steps_;
    if (link >= 0 && link + 1 == patches_.count) writer.EndPatches();
    if (s.ok() && writer.bytes() == before && writer.plans()) rewrite_.SetAlias(i);
    if (s.ok() || refused == nullptr) continue;
    ++*refused;
    rewrite_.SetRefused(i);
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

// The search for an order knows neither what works in place nor scratch: what it found must
// prove itself.
Status Preparation::Measure(int* refused) {
  Status s = MeasureOnce(refused);
  if (!s.ok() || !order_.found()) return s;
  const size_t size = plan_.size();
  order_.Use(true);
  s = LayTensors();
  if (s.ok()) s = MeasureOnce(refused);
  if (!s.ok() || plan_.size() < size) return s;
  order_.Free();
  s = LayTensors();
  return s.ok() ? MeasureOnce(refused) : s;
}

Status Preparation::MeasureOnce(int* refused) {
  if (refused != nullptr) *refused = 0;
  if (!called_) nesting_.blocks = Nesting::kMaxBlocks;
  StepWriter writer(model_.bytes().span(), &plan_, tensors_, nesting_);
  if (keeps_) writer.KeepPrepared(kernels_);
  if (scratch_is_apart_) writer.KeepScratchApart();
  if (Status s = PrepareEach(writer, refused); !s.ok()) return s;
  step_bytes_ = writer.bytes();
  prepared_bytes_ = writer.prepared_bytes();
  share_scratch_ = writer.share_scratch();
  return plan_.Compute();
}

Status Preparation::Write(std::span<uint8_t> memory, std::span<uint8_t> prepared) {
  // What was measured is within bounds; called graphs are measured again before they are
  // written, and those that they call, once for each level.
  if (!called_) nesting_.blocks = Nesting::kMaxBlocks * (Nesting::kMaxDepth + 1);
  StepWriter writer(model_.bytes().span(), &plan_, tensors_, nesting_, memory, prepared);
  writer.SetComputed(constants().data());
  if (keeps_) writer.KeepPrepared(kernels_);
  if (scratch_is_apart_) writer.KeepScratchApart();
  if (Status s = PrepareEach(writer, nullptr); !s.ok()) return s;
  if (writer.overrun() || writer.bytes() != memory.size() || !model_.Unchanged())
    return Status::Error(Code::kChanged, "model file changed");
  return Status();
}

Operand Preparation::At(const ModelTensor& tensor) {
  return StepWriter(model_.bytes().span(), &plan_, tensors_, nesting_, {}, {}).At(tensor);
}

}  // namespace moonlet
