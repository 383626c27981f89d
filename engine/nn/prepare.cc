#include "engine/nn/prepare.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/nn/steps.h"

namespace moonlet {

void* StepWriter::Append(RunStep run, size_t record_bytes) {
  constexpr size_t kAlign = alignof(StepRecord);
  const uint16_t number = NumberOfStep(run);
  const bool by_address = number == StepRecord::kByAddress;
  nesting_.numbered = nesting_.numbered && !by_address;
  const size_t head = sizeof(StepRecord) + (by_address ? sizeof(StepAddress) : 0);
  const size_t bytes = (head + record_bytes + kAlign - 1) / kAlign * kAlign;
  const size_t at = used_;
  used_ += bytes;
  if (!writing_) return nullptr;
  if (used_ > memory_.size()) {
    overrun_ = true;
    return nullptr;
  }
  uint8_t* memory = memory_.data() + at;
  std::memset(memory, 0, bytes);
  new (memory) StepRecord{number, static_cast<uint16_t>(op_), static_cast<uint32_t>(bytes)};
  if (by_address) new (memory + sizeof(StepRecord)) StepAddress{run};
  return memory + head;
}

void StepWriter::BeginPatches(int op, std::span<const PatchLink> links, int bands) {
  op_ = op;
  patches_at_ = used_;
  auto* r = static_cast<PatchRecord*>(Append(RunPatches, PatchRecord::Bytes(links.size())));
  if (r == nullptr) return;
  new (r) PatchRecord{static_cast<uint16_t>(links.size()), static_cast<uint16_t>(bands), 0};
  std::copy(links.begin(), links.end(), reinterpret_cast<PatchLink*>(r + 1));
}

void StepWriter::EndPatches() {
  if (!writing_ || overrun_) return;
  auto* step = reinterpret_cast<StepRecord*>(memory_.data() + patches_at_);
  step->size = static_cast<uint32_t>(used_ - patches_at_);
}

Operand StepWriter::At(const ModelTensor& tensor) const {
  if (!writing_) return {0};
  const auto data = tensor.data();
  if (data.empty()) return {plan_->offset(tensor.index())};
  const auto offset = tensor.computed()
                          ? static_cast<uint32_t>(file_.size() + (data.data() - computed_))
                          : static_cast<uint32_t>(data.data() - file_.data());
  return {offset | Operand::kConstant};
}

Operand StepWriter::AtScales(const ModelTensor& filter) const {
  const auto offset = static_cast<uint32_t>(filter.scale_bytes() - file_.data());
  return {offset | Operand::kConstant};
}

uint32_t StepWriter::Prepared(size_t bytes) {
  constexpr size_t kLine = kArenaAlignment;
  const size_t at = prepared_used_;
  prepared_used_ += (bytes + kLine - 1) / kLine * kLine;
  return static_cast<uint32_t>(at);
}

uint8_t* StepWriter::PreparedMemory(uint32_t at, size_t bytes) {
  if (!writing_) return nullptr;
  if (at > prepared_.size() || bytes > prepared_.size() - at) {
    overrun_ = true;
    return nullptr;
  }
  return prepared_.data() + at;
}

Operand StepWriter::Scratch(uint32_t bytes) {
  if (plan_ == nullptr) return {};
  const int block = tensors_ + op_;
  if (writing_) return {plan_->offset(block)};
  plan_->Reserve(block, bytes, time_, time_, false);
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
  if (plan_->fixed(input.index()) && plan_->fixed(output.index()) &&
      plan_->offset(input.index()) == plan_->offset(output.index())) {
    in_place_[0] = input.index();
    in_place_[1] = output.index();
    return true;
  }
  // A variable, or an output that is kept.
  if (plan_->first(output.index()) != time_) return false;
  const bool ends_here = plan_->last(input.index()) == time_;
  if (sharing == Sharing::kOverwrite && (!ends_here || Entangled(input))) return false;
  return plan_->Merge(input.index(), output.index());
}

// Whether another input lies across the memory of this one.
bool StepWriter::Entangled(const ModelTensor& input) const {
  const int64_t begin = plan_->Inside(input.index());
  for (int k = 0; k < node_->inputs(); ++k) {
    if (!node_->has_input(k)) continue;
    const ModelTensor other = node_->input(k);
    if (other.constant() || plan_->Root(other.index()) != plan_->Root(input.index())) continue;
    const int64_t other_begin = plan_->Inside(other.index());
    if (other_begin == begin && other.bytes() == input.bytes()) continue;
    if (other_begin < begin + input.bytes() && begin < other_begin + other.bytes()) return true;
  }
  return false;
}

bool StepWriter::Together(const ModelTensor& whole, const ModelTensor& part,
                          uint32_t offset) const {
  if (plan_ == nullptr || whole.constant() || part.constant()) return false;
  if (plan_->Nested(whole.index(), part.index(), offset)) return true;
  return plan_->fixed(whole.index()) && plan_->fixed(part.index()) &&
         plan_->offset(whole.index()) + offset == plan_->offset(part.index());
}

bool StepWriter::Alias(const ModelTensor& input, const ModelTensor& output) {
  return writing_ ? Together(input, output, 0) : Share(input, output, Sharing::kSame);
}

bool StepWriter::AliasPart(const ModelTensor& whole, const ModelTensor& part, int64_t offset) {
  const auto at = static_cast<uint32_t>(offset);
  if (writing_) return Together(whole, part, at);
  if (plan_ == nullptr || whole.constant() || part.constant()) return false;
  if (whole.variable() || part.variable()) return false;
  return plan_->Nest(whole.index(), part.index(), static_cast<uint32_t>(part.bytes()), at);
}

void StepWriter::Separate(const ModelTensor& tensor) {
  if (plan_ != nullptr && !writing_) plan_->Unfix(tensor.index());
}

bool StepWriter::Overlap(const ModelTensor& a, const ModelTensor& b) const {
  if (plan_ == nullptr || writing_ || a.constant() || b.constant()) return false;
  if (!plan_->fixed(a.index()) || !plan_->fixed(b.index())) return false;
  if (in_place_[0] == a.index() && in_place_[1] == b.index()) return false;
  const int64_t at_a = plan_->offset(a.index());
  const int64_t at_b = plan_->offset(b.index());
  return a.index() != b.index() && at_a < at_b + b.bytes() && at_b < at_a + a.bytes();
}

void StepWriter::Keep(const ModelTensor& output) {
  if (plan_ == nullptr || writing_ || !plan_->reserved(output.index())) return;
  plan_->Keep(output.index());
}

namespace {

bool TakesHandles(const Node& node) {
  return node.code() == tflite::BuiltinOperator::VAR_HANDLE ||
         node.code() == tflite::BuiltinOperator::READ_VARIABLE ||
         node.code() == tflite::BuiltinOperator::ASSIGN_VARIABLE;
}

Status CheckTensor(const char* role, int position, const ModelTensor& tensor, bool handles) {
  const auto name = [&tensor] { return PrintableName(tensor.name()); };
  if (tensor.sparse())
    return Status::Unsupported("%s %d (tensor %d '%s') is sparse", role, position, tensor.index(),
                               name().text);
  const bool handle = handles && tensor.type() == tflite::TensorType::RESOURCE;
  if (BitsOf(tensor.type()) == 0 && !handle)
    return Status::Unsupported("%s %d (tensor %d '%s') is a %s", role, position, tensor.index(),
                               name().text, NameOf(tensor.type()));
  if (tensor.elements() == 0)
    return Status::Invalid("%s %d (tensor %d '%s') is empty", role, position, tensor.index(),
                           name().text);
  return Status();
}

Status CheckApart(const ModelTensor& a, const ModelTensor& b, const StepWriter& writer) {
  if (!writer.Overlap(a, b)) return Status();
  return Status::Unsupported("the file lays tensor %d '%s' over tensor %d '%s'", b.index(),
                             PrintableName(b.name()).text, a.index(), PrintableName(a.name()).text);
}

// Kernels read what they have checked once more while they write, so a file may not lay an
// output over anything else of the operator, nor over each other what a custom operator may
// work in.
Status CheckOperandsApart(const Node& node, const StepWriter& writer) {
  const bool custom = node.code() == tflite::BuiltinOperator::CUSTOM;
  Status s;
  for (int k = 0; k < node.inputs() && s.ok(); ++k) {
    if (!node.has_input(k)) continue;
    for (int i = 0; i < k && custom && s.ok(); ++i)
      if (node.has_input(i)) s = CheckApart(node.input(i), node.input(k), writer);
    for (int i = 0; i < node.outputs() && s.ok(); ++i)
      s = CheckApart(node.input(k), node.output(i), writer);
  }
  for (int k = 0; k < node.outputs(); ++k)
    for (int i = 0; i < k && s.ok(); ++i) s = CheckApart(node.output(i), node.output(k), writer);
  return s;
}

Status PrepareWithFirst(const Node& node, Backends backends, StepWriter& writer) {
  Status declined;
  const Backend* taker = FindTaker(node, backends, &declined);
  // Nobody knows what a custom operator that nobody knows bears.
  if (taker == nullptr && node.code() == tflite::BuiltinOperator::CUSTOM) return declined;
  if (Status s = CheckTensors(node, taker); !s.ok()) return s;
  if (taker == nullptr) return declined;
  const Status s = taker->Prepare(node, writer);
  return s.ok() && !taker->bears_overlap() ? CheckOperandsApart(node, writer) : s;
}

}  // namespace

const Backend* FindTaker(const Node& node, Backends backends, Status* declined) {
  for (const Backend* backend : backends)
    if (backend->MayTake(node) && backend->Takes(node).ok()) return backend;
  *declined = backends.empty() ? Status::Unsupported("no backend") : backends.back()->Takes(node);
  return nullptr;
}

Status CheckTensors(const Node& node, const Backend* taker) {
  const bool handles = TakesHandles(node);
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k)) continue;
    const bool bears_empty = taker != nullptr && taker->bears_empty(k);
    if (bears_empty && node.input(k).elements() == 0) continue;
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
  writer.Begin(node);
  const Status s = PrepareWithFirst(node, backends, writer);
  return s.ok() ? s : OfOperator(node, s);
}

bool CanRun(const Node& node, Nesting& nesting) {
  StepWriter asking(node.model().bytes().span(), nullptr, 0, nesting);
  return PrepareOperator(node, nesting.backends, asking).ok();
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
