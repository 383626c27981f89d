// VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: memory that rests between runs.
// Names and sizes are resolved here, so that a run only copies.
#include "engine/nn/variables.h"

#include <cstring>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

struct CopyRecord {
  Operand from;
  Operand to;
  uint32_t bytes;
};

bool RunCopy(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CopyRecord*>(record);
  std::memcpy(run.Write<uint8_t>(r->to), run.Address(r->from), r->bytes);
  return true;
}

// `copies` CopyRecords follow the record.
struct CallOnceRecord {
  Operand done;  // a byte that is 0 until the first run
  uint32_t copies;
};

bool RunCallOnce(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CallOnceRecord*>(record);
  auto* done = run.Write<uint8_t>(r->done);
  if (*done != 0) return true;
  const auto* copy = reinterpret_cast<const CopyRecord*>(r + 1);
  for (uint32_t i = 0; i < r->copies; ++i) RunCopy(copy + i, run);
  *done = 1;
  return true;
}

ModelTensor MainTensor(const Node& node, int tensor) {
  return ModelTensor(node.model(), MainGraph(node.model()), tensor);
}

// One operator of the initial graph: a handle, or a constant assigned to a resource.
// `copied` tells whether it says anything to a run.
Status CheckInitial(const Node& node, Resource* resource, bool* copied) {
  *copied = false;
  if (Status s = CheckTensors(node); !s.ok()) return s;
  if (node.code() == Op::VAR_HANDLE) return CheckHandle(node);
  if (node.code() != Op::ASSIGN_VARIABLE)
    return Status::Unsupported("expected VAR_HANDLE or ASSIGN_VARIABLE");
  if (node.inputs() != 2 || !node.has_input(0) || !node.has_input(1))
    return Status::Invalid("%d inputs, expected 2", node.inputs());
  Status s = CheckConstant("value", node.input(1));
  if (s.ok()) s = CheckResource(node, node.input(1), resource);
  *copied = s.ok() && resource->handle >= 0;
  return s;
}

// Checks the initial graph; counts its copies, and writes those that `records` holds.
Status PrepareInitial(const Node& call, const tflite::SubGraph& graph, const StepWriter& writer,
                      std::span<CopyRecord> records, uint32_t* copies) {
  *copies = 0;
  for (int i = 0; i < static_cast<int>(Count(graph.operators())); ++i) {
    const Node node(call.model(), graph, i);
    Resource resource;
    bool copied;
    if (Status s = CheckInitial(node, &resource, &copied); !s.ok())
      return Status::Error(s.code(), "operator %d %s of its subgraph: %s", i + 1,
                           PrintableName(node.name()).text, s.what());
    if (!copied) continue;
    if (*copies < records.size())
      records[*copies] = {writer.At(node.input(1)), writer.At(MainTensor(call, resource.handle)),
                          resource.variable.bytes};
    ++*copies;
  }
  return Status();
}

}  // namespace

Status PrepareVarHandle(const Node& node, StepWriter& writer) {
  static_cast<void>(writer);  // a name is nothing that a run could make
  return CheckHandle(node);
}

Status PrepareReadVariable(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor output = node.output(0);
  Resource resource;
  if (Status s = CheckResource(node, output, &resource); !s.ok()) return s;
  auto* r = writer.Add<CopyRecord>(RunCopy);
  if (r == nullptr) return Status();
  *r = {writer.At(MainTensor(node, resource.handle)), writer.At(output), resource.variable.bytes};
  return Status();
}

Status PrepareAssignVariable(const Node& node, StepWriter& writer) {
  if (node.inputs() != 2 || node.outputs() != 0)
    return Status::Invalid("%d inputs and %d outputs, expected 2 and 0", node.inputs(),
                           node.outputs());
  if (!node.has_input(1)) return Status::Invalid("input 2 is left out");
  const ModelTensor value = node.input(1);
  Resource resource;
  if (Status s = CheckResource(node, value, &resource); !s.ok()) return s;
  auto* r = writer.Add<CopyRecord>(RunCopy);
  if (r == nullptr) return Status();
  *r = {writer.At(value), writer.At(MainTensor(node, resource.handle)), resource.variable.bytes};
  return Status();
}

Status PrepareCallOnce(const Node& node, StepWriter& writer) {
  if (node.inputs() != 0 || node.outputs() != 0)
    return Status::Invalid("%d inputs and %d outputs, expected none", node.inputs(),
                           node.outputs());
  const tflite::SubGraph* graph;
  uint32_t copies;
  Status s = FindInitialGraph(node, &graph);
  if (s.ok()) s = PrepareInitial(node, *graph, writer, {}, &copies);
  if (!s.ok()) return s;
  const Operand done = writer.State(1);
  auto* r = writer.Add<CallOnceRecord>(RunCallOnce, copies * sizeof(CopyRecord));
  if (r == nullptr) return s;
  *r = {done, copies};
  const std::span records(reinterpret_cast<CopyRecord*>(r + 1), copies);
  return PrepareInitial(node, *graph, writer, records, &copies);
}

const StepList kVariablesSteps =
    ListSteps<Step<CopyRecord, RunCopy>, Step<CallOnceRecord, RunCallOnce>>();

}  // namespace moonlet
