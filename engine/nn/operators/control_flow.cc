// IF and WHILE: operators that call subgraphs. Shapes are those of the file, whichever way a
// run takes.
#include <algorithm>
#include <cstring>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"
#include "engine/nn/subgraph.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The records of both branches follow, that of `then` first.
struct alignas(8) IfRecord {
  Operand condition;
  Operand memory;
};

SubgraphRecord* NextRecord(SubgraphRecord* record) {
  return reinterpret_cast<SubgraphRecord*>(reinterpret_cast<uint8_t*>(record) + record->bytes);
}
const SubgraphRecord* NextRecord(const SubgraphRecord* record) {
  return reinterpret_cast<const SubgraphRecord*>(reinterpret_cast<const uint8_t*>(record) +
                                                 record->bytes);
}

bool RunIf(const void* record, const RunContext& run) {
  const auto* r = static_cast<const IfRecord*>(record);
  const auto* branch = reinterpret_cast<const SubgraphRecord*>(r + 1);
  if (*run.Read<uint8_t>(r->condition) == 0) branch = NextRecord(branch);
  return CallSubgraph(*branch, r->memory, run);
}

// `values` ports follow, from the inputs to the outputs, which hold the values of the loop;
// then the records of condition and body.
struct alignas(8) WhileRecord {
  Operand again;  // what the condition said
  Operand memory;
  uint32_t values;
  uint32_t unused = 0;
};

// Where the records stand behind the ports.
constexpr size_t LoopPortBytes(size_t values) {
  return (values * sizeof(SubgraphPort) + 7) / 8 * 8;
}

bool RunWhile(const void* record, const RunContext& run) {
  const auto* r = static_cast<const WhileRecord*>(record);
  const auto* port = reinterpret_cast<const SubgraphPort*>(r + 1);
  const auto* condition = reinterpret_cast<const SubgraphRecord*>(
      reinterpret_cast<const uint8_t*>(port) + LoopPortBytes(r->values));
  const SubgraphRecord* body = NextRecord(condition);
  for (uint32_t k = 0; k < r->values; ++k, ++port)
    std::memcpy(run.Write<uint8_t>(port->outside), run.Address(port->inside), port->bytes);
  for (;;) {
    // A loop without an end ends with the StopToken.
    if (run.stop.raised() || !CallSubgraph(*condition, r->memory, run)) return false;
    if (*run.Read<uint8_t>(r->again) == 0) return true;
    if (!CallSubgraph(*body, r->memory, run)) return false;
  }
}

Status CheckAllGiven(const Node& node) {
  for (int k = 0; k < node.inputs(); ++k)
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
  return Status();
}

Status CheckOneBool(const char* role, const ModelTensor& tensor) {
  if (Status s = CheckType(role, tensor, TensorType::BOOL); !s.ok()) return s;
  if (tensor.elements() == 1) return Status();
  return Status::Invalid("%s has shape %s, expected one element", TensorLabel(role, tensor).text,
                         DimsText(tensor.shape()).text);
}

Status CheckPorts(int32_t index, const Subgraph& graph, int inputs, int outputs) {
  if (graph.inputs() == inputs && graph.outputs() == outputs) return Status();
  return Status::Invalid("subgraph %d has %d inputs and %d outputs, expected %d and %d", index,
                         graph.inputs(), graph.outputs(), inputs, outputs);
}

// A branch takes what follows the condition and gives the outputs.
Status MeasureBranch(const Node& node, int32_t index, Subgraph& branch) {
  Status s = CheckPorts(index, branch, node.inputs() - 1, node.outputs());
  for (int k = 0; s.ok() && k < branch.inputs(); ++k) s = branch.CheckInput(k, node.input(k + 1));
  for (int k = 0; s.ok() && k < branch.outputs(); ++k) s = branch.CheckOutput(k, node.output(k));
  return s.ok() ? branch.Measure() : s;
}

Status WriteBranch(const Node& node, const StepWriter& writer, Subgraph& branch,
                   SubgraphRecord* record) {
  if (Status s = branch.Write(record); !s.ok()) return s;
  SubgraphPort* port = record->ports();
  for (int k = 0; k < branch.inputs(); ++k) port++->outside = writer.At(node.input(k + 1));
  for (int k = 0; k < branch.outputs(); ++k) port++->outside = writer.At(node.output(k));
  return Status();
}

// Condition and body take the values; a body gives them too.
Status MeasureLoop(const Node& node, int32_t condition_index, Subgraph& condition,
                   int32_t body_index, Subgraph& body) {
  const int values = node.outputs();
  Status s = CheckPorts(condition_index, condition, values, 1);
  if (s.ok()) s = CheckPorts(body_index, body, values, values);
  for (int k = 0; s.ok() && k < values; ++k) {
    const ModelTensor value = node.output(k);
    s = condition.CheckInput(k, value);
    if (s.ok()) s = body.CheckInput(k, value);
    if (s.ok()) s = body.CheckOutput(k, value);
    if (s.ok()) s = CheckType("output", value, node.input(k).type());
    if (s.ok()) s = CheckShape("output", value, node.input(k).shape());
  }
  if (s.ok()) s = CheckOneBool("condition", condition.OutputTensor(0));
  if (s.ok()) s = condition.Measure();
  return s.ok() ? body.Measure() : s;
}

Status WriteLoop(const Node& node, const StepWriter& writer, Subgraph& condition, Subgraph& body,
                 WhileRecord* r) {
  auto* port = reinterpret_cast<SubgraphPort*>(r + 1);
  for (int k = 0; k < node.outputs(); ++k, ++port)
    *port = {writer.At(node.input(k)), writer.At(node.output(k)),
             static_cast<uint32_t>(node.output(k).bytes())};
  auto* record = reinterpret_cast<SubgraphRecord*>(reinterpret_cast<uint8_t*>(r + 1) +
                                                   LoopPortBytes(r->values));
  Status s = condition.Write(record);
  if (!s.ok()) return s;
  port = record->ports();
  for (int k = 0; k < node.outputs(); ++k) port++->outside = writer.At(node.output(k));
  port->outside = r->again;
  record = NextRecord(record);
  if (s = body.Write(record); !s.ok()) return s;
  port = record->ports();
  for (int turn = 0; turn < 2; ++turn)
    for (int k = 0; k < node.outputs(); ++k) port++->outside = writer.At(node.output(k));
  return s;
}

}  // namespace

Status PrepareIf(const Node& node, StepWriter& writer) {
  const tflite::IfOptions* options = node.table().builtin_options_as_IfOptions();
  if (options == nullptr) return MissingOptions();
  const int32_t then_index = options->then_subgraph_index();
  const int32_t else_index = options->else_subgraph_index();
  Status s = CheckAllGiven(node);
  if (s.ok()) s = CheckOneBool("condition", node.input(0));
  if (s.ok()) s = CheckSubgraphIndex(node.model(), then_index);
  if (s.ok()) s = CheckSubgraphIndex(node.model(), else_index);
  if (!s.ok()) return s;
  Subgraph then_branch(node.model(), then_index, writer);
  Subgraph else_branch(node.model(), else_index, writer);
  s = MeasureBranch(node, then_index, then_branch);
  if (s.ok()) s = MeasureBranch(node, else_index, else_branch);
  if (!s.ok()) return s;
  const uint32_t arena = std::max(then_branch.arena_bytes(), else_branch.arena_bytes());
  const Operand memory = writer.Scratch(std::max<uint32_t>(arena, 1));
  auto* r = writer.Add<IfRecord>(RunIf, then_branch.record_bytes() + else_branch.record_bytes());
  if (r == nullptr) return s;
  *r = {writer.At(node.input(0)), memory};
  auto* record = reinterpret_cast<SubgraphRecord*>(r + 1);
  s = WriteBranch(node, writer, then_branch, record);
  if (s.ok()) s = WriteBranch(node, writer, else_branch, NextRecord(record));
  return s;
}

Status PrepareWhile(const Node& node, StepWriter& writer) {
  const tflite::WhileOptions* options = node.table().builtin_options_as_WhileOptions();
  if (options == nullptr) return MissingOptions();
  if (node.inputs() != node.outputs())
    return Status::Invalid("%d inputs and %d outputs, expected as many", node.inputs(),
                           node.outputs());
  const int32_t condition_index = options->cond_subgraph_index();
  const int32_t body_index = options->body_subgraph_index();
  Status s = CheckAllGiven(node);
  if (s.ok()) s = CheckSubgraphIndex(node.model(), condition_index);
  if (s.ok()) s = CheckSubgraphIndex(node.model(), body_index);
  if (!s.ok()) return s;
  Subgraph condition(node.model(), condition_index, writer);
  Subgraph body(node.model(), body_index, writer);
  s = MeasureLoop(node, condition_index, condition, body_index, body);
  if (!s.ok()) return s;
  // The condition's answer stands before the arena that both use.
  const uint32_t arena = std::max(condition.arena_bytes(), body.arena_bytes());
  const Operand scratch = writer.Scratch(arena + kBlockAlignment);
  const auto values = static_cast<uint32_t>(node.outputs());
  auto* r = writer.Add<WhileRecord>(
      RunWhile, LoopPortBytes(values) + condition.record_bytes() + body.record_bytes());
  if (r == nullptr) return s;
  *r = {scratch, {scratch.at + kBlockAlignment}, values};
  return WriteLoop(node, writer, condition, body, r);
}

const StepList kControlFlowSteps = ListSteps<Step<IfRecord, RunIf>, Step<WhileRecord, RunWhile>>();

}  // namespace moonlet
