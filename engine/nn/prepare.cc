#include "engine/nn/prepare.h"

#include <cassert>
#include <cstring>

namespace moonlet {

void* StepWriter::Append(RunStep run, size_t record_bytes) {
  constexpr size_t kAlign = alignof(StepRecord);
  const size_t bytes = (sizeof(StepRecord) + record_bytes + kAlign - 1) / kAlign * kAlign;
  const size_t at = used_;
  used_ += bytes;
  if (!writing_) return nullptr;
  if (used_ > memory_.size()) {
    overrun_ = true;
    return nullptr;
  }
  uint8_t* memory = memory_.data() + at;
  std::memset(memory, 0, bytes);
  new (memory) StepRecord{run, static_cast<uint32_t>(bytes)};
  return memory + sizeof(StepRecord);
}

Operand StepWriter::At(const ModelTensor& tensor) const {
  if (tensor.constant()) {
    const auto offset = static_cast<uint32_t>(tensor.data().data() - file_.data());
    return {offset | Operand::kInFile};
  }
  return {writing_ ? plan_->offset(tensor.index()) : 0};
}

Operand StepWriter::Scratch(uint32_t bytes) {
  if (plan_ == nullptr) return {};
  const int block = tensors_ + op_;
  if (writing_) return {plan_->offset(block)};
  plan_->Reserve(block, bytes, op_ + 1, op_ + 1, false);
  return {};
}

Operand StepWriter::State(uint32_t bytes) {
  stateful_ = true;
  if (plan_ == nullptr) return {};
  const int block = tensors_ + op_;
  if (writing_) return {plan_->offset(block)};
  plan_->Reserve(block, bytes, 0, MemoryPlan::kForever, true);
  return {};
}

bool StepWriter::Share(const ModelTensor& input, const ModelTensor& output, Sharing sharing) {
  if (plan_ == nullptr || writing_ || input.constant() || input.variable()) return false;
  if (input.bytes() != output.bytes()) return false;
  // A variable, or an output that is kept.
  if (plan_->first(output.index()) != op_ + 1) return false;
  const bool ends_here = plan_->last(input.index()) == op_ + 1;
  if (sharing == Sharing::kOverwrite && !ends_here) return false;
  return plan_->Merge(input.index(), output.index());
}

void StepWriter::Keep(const ModelTensor& output) {
  if (plan_ == nullptr || writing_ || !plan_->reserved(output.index())) return;
  plan_->ExtendBack(output.index(), 0);
}

namespace {

bool TakesHandles(const Node& node) {
  return node.code() == tflite::BuiltinOperator::VAR_HANDLE ||
         node.code() == tflite::BuiltinOperator::READ_VARIABLE ||
         node.code() == tflite::BuiltinOperator::ASSIGN_VARIABLE;
}

Status CheckTensor(const char* role, int position, const ModelTensor& tensor, bool handles) {
  const PrintableName name(tensor.name());
  if (tensor.sparse())
    return Status::Unsupported("%s %d (tensor %d '%s') is sparse", role, position, tensor.index(),
                               name.text);
  const bool handle = handles && tensor.type() == tflite::TensorType::RESOURCE;
  if (BitsOf(tensor.type()) == 0 && !handle)
    return Status::Unsupported("%s %d (tensor %d '%s') is a %s", role, position, tensor.index(),
                               name.text, NameOf(tensor.type()));
  if (tensor.elements() == 0)
    return Status::Invalid("%s %d (tensor %d '%s') is empty", role, position, tensor.index(),
                           name.text);
  return Status();
}

Status PrepareWithFirst(const Node& node, Backends backends, StepWriter& writer) {
  if (Status s = CheckTensors(node); !s.ok()) return s;
  Status reason = Status::Unsupported("no backend");
  for (const Backend* backend : backends) {
    const Status taken = backend->Takes(node);
    if (taken.ok()) return backend->Prepare(node, writer);
    reason = taken;
  }
  return reason;
}

}  // namespace

Status CheckTensors(const Node& node) {
  const bool handles = TakesHandles(node);
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k)) continue;
    if (Status s = CheckTensor("input", k + 1, node.input(k), handles); !s.ok()) return s;
  }
  for (int k = 0; k < node.outputs(); ++k)
    if (Status s = CheckTensor("output", k + 1, node.output(k), handles); !s.ok()) return s;
  return Status();
}

Status OfOperator(const Node& node, const Status& refusal) {
  return Status::Error(refusal.code(), "operator %d %s: %s", node.index() + 1,
                       PrintableName(node.name()).text, refusal.what());
}

Status PrepareOperator(const Node& node, Backends backends, StepWriter& writer) {
  writer.Begin(node.index());
  const Status s = PrepareWithFirst(node, backends, writer);
  return s.ok() ? s : OfOperator(node, s);
}

Status PrepareCalledOperator(const Node& node, Backends backends, StepWriter& writer) {
  const bool calls_once = node.code() == tflite::BuiltinOperator::CALL_ONCE;
  const bool keeps = TakesHandles(node) || calls_once;
  Status s = keeps ? Status() : PrepareOperator(node, backends, writer);
  if (!keeps && !writer.stateful()) return s;
  return Status::Unsupported(
      "operator %d %s: it keeps something from run to run, which no "
      "subgraph does",
      node.index() + 1, PrintableName(node.name()).text);
}

}  // namespace moonlet
