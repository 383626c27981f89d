#include "engine/nn/records.h"

#include <cstring>

#include "engine/nn/variables.h"

namespace moonlet {
namespace {

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

size_t RecordCounts::steps_at() const {
  constexpr size_t kAlign = alignof(StepRecord);
  const size_t end = variables_at() + variables * sizeof(VariableRecord);
  return (end + kAlign - 1) / kAlign * kAlign;
}

Status CheckInputsAndOutputs(const Model& model) {
  const tflite::SubGraph& graph = MainGraph(model);
  if (Count(graph.outputs()) > kMaxOutputs)
    return Status::Unsupported("%u outputs, expected at most %u", Count(graph.outputs()),
                               kMaxOutputs);
  if (Status s = CheckIo("model input", graph.inputs(), model); !s.ok()) return s;
  return CheckIo("model output", graph.outputs(), model);
}

RecordCounts CountRecords(const Model& model, const Preparation& measured) {
  const tflite::SubGraph& graph = MainGraph(model);
  RecordCounts counts = {static_cast<uint16_t>(Count(graph.inputs())),
                         static_cast<uint16_t>(Count(graph.outputs())), 0,
                         static_cast<uint16_t>(measured.steps())};
  Variable variable;
  for (uint32_t t = 0; t < Count(graph.tensors()); ++t)
    if (FindVariable(model, static_cast<int>(t), &variable)) ++counts.variables;
  for (uint32_t i = 0; i < Count(graph.operators()); ++i)
    if (measured.StateBlock(static_cast<int>(i)) >= 0) ++counts.variables;
  return counts;
}

size_t RecordBytes(const RecordCounts& counts, const Preparation& measured) {
  const size_t steps_end = counts.steps_at() + measured.step_bytes();
  const size_t computed = measured.constants().bytes();
  if (computed == 0) return steps_end;
  return (steps_end + kRecordsAlignment - 1) / kRecordsAlignment * kRecordsAlignment + computed;
}

Status WriteRecords(const Model& model, Preparation& measured, const RecordCounts& counts,
                    std::span<uint8_t> records, std::span<uint8_t> prepared) {
  const tflite::SubGraph& graph = MainGraph(model);
  auto* io = reinterpret_cast<IoRecord*>(records.data());
  WriteIo(model, measured.plan(), graph.inputs(), io);
  WriteIo(model, measured.plan(), graph.outputs(), io + counts.inputs);
  WriteVariables(model, measured,
                 reinterpret_cast<VariableRecord*>(records.data() + counts.variables_at()));
  const Constants& constants = measured.constants();
  if (constants.bytes() > 0)
    std::memcpy(records.last(constants.bytes()).data(), constants.data(), constants.bytes());
  return measured.Write(records.subspan(counts.steps_at(), measured.step_bytes()), prepared);
}

Tensor ViewOf(const IoRecord& io, uint8_t* arena) {
  Shape shape;
  shape.rank = io.rank;
  for (int axis = 0; axis < io.rank; ++axis) shape.dims[axis] = io.dims[axis];
  return RowMajor(arena + io.offset, io.dtype, shape);
}

}  // namespace moonlet
