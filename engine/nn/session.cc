// One block holds the records: IoRecords of inputs, then of outputs, VariableRecords,
// StepRecords. A second one is the arena.
#include "engine/nn/session.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "engine/base/float_mode.h"
#include "engine/nn/preparation.h"
#include "engine/nn/step.h"
#include "engine/nn/variables.h"

namespace moonlet {

struct IoRecord {
  uint32_t offset;
  int32_t tensor;
  float scale;
  int32_t zero_point;
  DType dtype;
  uint8_t rank;
  int32_t dims[kMaxRank];
};

// Of a variable tensor, or of the state of an operator.
struct VariableRecord {
  uint32_t offset;
  uint32_t bytes;
  uint8_t fill;
};

namespace {

constexpr size_t RoundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }

// What Open learns about the records before it allocates them.
struct Counts {
  uint16_t inputs;
  uint16_t outputs;
  uint16_t variables;
  uint16_t steps;

  size_t io() const { return size_t{inputs} + outputs; }
  size_t variables_at() const { return io() * sizeof(IoRecord); }
  size_t steps_at() const {
    return RoundUp(variables_at() + variables * sizeof(VariableRecord), alignof(StepRecord));
  }
};

Status CheckIo(const char* what, const flatbuffers::Vector<int32_t>* list, const Model& model) {
  for (uint32_t i = 0; i < Count(list); ++i) {
    const ModelTensor tensor(model, MainGraph(model), list->Get(i));
    const PrintableName name(tensor.name());
    DType dtype;
    if (tensor.elements() == 0)
      return Status::Unsupported("%s %u (tensor %d '%s') is empty", what, i + 1, tensor.index(),
                                 name.text);
    if (tensor.constant())
      return Status::Unsupported("%s %u (tensor %d '%s') is a constant", what, i + 1,
                                 tensor.index(), name.text);
    if (!DTypeFor(tensor.type(), &dtype))
      return Status::Unsupported("%s %u (tensor %d '%s') is %s, which has no dtype", what, i + 1,
                                 tensor.index(), name.text, NameOf(tensor.type()));
    if (tensor.rank() > kMaxRank)
      return Status::Unsupported("%s %u (tensor %d '%s') has rank %d, expected at most %d", what,
                                 i + 1, tensor.index(), name.text, tensor.rank(), kMaxRank);
  }
  return Status();
}

// The plan bounds tensors and operators, and so inputs, far below 16 bits; a tensor may
// be an output more than once.
constexpr uint32_t kMaxOutputs = 0x7FFF;

Status CheckInputsAndOutputs(const Model& model) {
  const tflite::SubGraph& graph = MainGraph(model);
  if (Count(graph.outputs()) > kMaxOutputs)
    return Status::Unsupported("%u outputs, expected at most %u", Count(graph.outputs()),
                               kMaxOutputs);
  if (Status s = CheckIo("model input", graph.inputs(), model); !s.ok()) return s;
  return CheckIo("model output", graph.outputs(), model);
}

Counts CountRecords(const Model& model, const Preparation& measured) {
  const tflite::SubGraph& graph = MainGraph(model);
  Counts counts = {static_cast<uint16_t>(Count(graph.inputs())),
                   static_cast<uint16_t>(Count(graph.outputs())), 0,
                   static_cast<uint16_t>(Count(graph.operators()))};
  Variable variable;
  for (uint32_t t = 0; t < Count(graph.tensors()); ++t)
    if (FindVariable(model, static_cast<int>(t), &variable)) ++counts.variables;
  for (int i = 0; i < counts.steps; ++i)
    if (measured.StateBlock(i) >= 0) ++counts.variables;
  return counts;
}

void WriteIo(const Model& model, const MemoryPlan& plan, const flatbuffers::Vector<int32_t>* list,
             IoRecord* record) {
  for (uint32_t i = 0; i < Count(list); ++i, ++record) {
    const ModelTensor tensor(model, MainGraph(model), list->Get(i));
    *record = {};
    record->offset = plan.offset(tensor.index());
    record->tensor = tensor.index();
    record->scale = tensor.scale();
    record->zero_point = tensor.zero_point();
    DTypeFor(tensor.type(), &record->dtype);
    record->rank = static_cast<uint8_t>(tensor.rank());
    for (int axis = 0; axis < tensor.rank(); ++axis) record->dims[axis] = tensor.dim(axis);
  }
}

void WriteVariables(const Model& model, const Preparation& measured, VariableRecord* record) {
  const tflite::SubGraph& graph = MainGraph(model);
  const MemoryPlan& plan = measured.plan();
  for (int t = 0; t < static_cast<int>(Count(graph.tensors())); ++t) {
    Variable variable;
    if (FindVariable(model, t, &variable))
      *record++ = {plan.offset(t), variable.bytes, variable.fill};
  }
  for (uint32_t i = 0; i < Count(graph.operators()); ++i) {
    const int block = measured.StateBlock(static_cast<int>(i));
    if (block >= 0) *record++ = {plan.offset(block), plan.bytes(block), 0};
  }
}

}  // namespace

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  Close();
  model_ = std::exchange(other.model_, nullptr);
  allocator_ = std::exchange(other.allocator_, nullptr);
  records_ = std::exchange(other.records_, nullptr);
  arena_ = std::exchange(other.arena_, nullptr);
  records_size_ = std::exchange(other.records_size_, 0);
  arena_size_ = std::exchange(other.arena_size_, 0);
  inputs_ = std::exchange(other.inputs_, 0);
  outputs_ = std::exchange(other.outputs_, 0);
  variables_ = std::exchange(other.variables_, 0);
  steps_ = std::exchange(other.steps_, 0);
  return *this;
}

void Session::Close() {
  if (allocator_ == nullptr) return;
  if (records_ != nullptr) allocator_->Free(records_, records_size_);
  if (arena_ != nullptr) allocator_->Free(arena_, arena_size_);
  records_ = nullptr;
  arena_ = nullptr;
  records_size_ = 0;
  arena_size_ = 0;
  inputs_ = outputs_ = variables_ = steps_ = 0;
  model_ = nullptr;
  allocator_ = nullptr;
}

Status Session::Open(const Model& model, Allocator& allocator, Session* session,
                     Backends backends) {
  assert(model.open());
  if (!model.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  Session made;
  made.allocator_ = &allocator;
  Preparation preparation(model, allocator, backends);
  Status s = preparation.PlanTensors();
  if (s.ok()) s = preparation.Measure(nullptr);
  if (s.ok()) s = CheckInputsAndOutputs(model);
  if (!s.ok()) return s;

  const Counts counts = CountRecords(model, preparation);
  const size_t bytes = counts.steps_at() + preparation.step_bytes();
  const size_t arena = preparation.plan().size();
  if (bytes > std::numeric_limits<int32_t>::max())
    return Status::Unsupported("operator records of %zu bytes", bytes);
  if (bytes > 0) {
    made.records_ = static_cast<uint8_t*>(allocator.Allocate(bytes, alignof(StepRecord)));
    if (made.records_ == nullptr) return Status::NoMemory(bytes + arena);
    made.records_size_ = static_cast<uint32_t>(bytes);
    s = made.WriteRecords(model, preparation, counts.variables_at(), counts.steps_at());
    if (!s.ok()) return s;
  }
  made.inputs_ = counts.inputs;
  made.outputs_ = counts.outputs;
  made.variables_ = counts.variables;
  made.steps_ = counts.steps;

  preparation.plan().Free();  // the arena may take its place
  if (arena > 0) {
    made.arena_ = static_cast<uint8_t*>(allocator.Allocate(arena, kArenaAlignment));
    if (made.arena_ == nullptr) return Status::NoMemory(arena);
    made.arena_size_ = static_cast<uint32_t>(arena);
    std::memset(made.arena_, 0, arena);
  }
  made.model_ = &model;
  made.Reset();
  *session = std::move(made);
  return Status();
}

size_t Session::RecordBytes(const Model& model, const Preparation& measured) {
  return CountRecords(model, measured).steps_at() + measured.step_bytes();
}

Status Session::WriteRecords(const Model& model, Preparation& preparation, size_t variables_at,
                             size_t steps_at) {
  const tflite::SubGraph& graph = MainGraph(model);
  auto* io = reinterpret_cast<IoRecord*>(records_);
  WriteIo(model, preparation.plan(), graph.inputs(), io);
  WriteIo(model, preparation.plan(), graph.outputs(), io + Count(graph.inputs()));
  WriteVariables(model, preparation, reinterpret_cast<VariableRecord*>(records_ + variables_at));
  return preparation.Write(std::span(records_, records_size_).subspan(steps_at));
}

Status Session::Run(const StopToken& stop, StepObserver* observer) {
  assert(open());
  if (!model_->Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  const Counts counts = {inputs_, outputs_, variables_, steps_};
  Status refusal;
  bool early = false;
  const RunContext context = {arena_, model_->bytes().data(), stop, refusal, early};
  const FlushDenormals flush;
  const uint8_t* at = records_ + counts.steps_at();
  for (int i = 0; i < steps_; ++i) {
    const auto* step = reinterpret_cast<const StepRecord*>(at);
    if (stop.raised()) return Status::Stopped();
    if (observer != nullptr) observer->Before(i);
    const bool finished = step->run(step + 1, context);
    if (observer != nullptr) observer->After(i);
    if (early) return Status();
    if (!finished && refusal.ok()) return Status::Stopped();
    if (!finished) return OfOperator(Node(*model_, i), refusal);
    at += step->size;
  }
  return Status();
}

void Session::Reset() {
  const Counts counts = {inputs_, outputs_, variables_, steps_};
  const auto* variable = reinterpret_cast<const VariableRecord*>(records_ + counts.variables_at());
  for (int i = 0; i < variables_; ++i, ++variable)
    std::memset(arena_ + variable->offset, variable->fill, variable->bytes);
}

const IoRecord& Session::Io(int i) const {
  assert(i >= 0 && i < inputs_ + outputs_);
  return reinterpret_cast<const IoRecord*>(records_)[i];
}

Tensor Session::View(int i) const {
  const IoRecord& io = Io(i);
  Shape shape;
  shape.rank = io.rank;
  for (int axis = 0; axis < io.rank; ++axis) shape.dims[axis] = io.dims[axis];
  return RowMajor(arena_ + io.offset, io.dtype, shape);
}

Quantization Session::QuantizationOf(int i) const { return {Io(i).scale, Io(i).zero_point}; }

int Session::TensorOf(int i) const { return Io(i).tensor; }

}  // namespace moonlet
