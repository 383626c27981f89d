// LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT: on bool.
#include <algorithm>

#include "engine/kernels/compare.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct LogicalNotRecord {
  uint32_t elements;
  Operand input;
  Operand output;
};

bool RunLogicalNot(const void* record, const RunContext& run) {
  constexpr uint32_t kPiece = 1 << 16;
  const auto* r = static_cast<const LogicalNotRecord*>(record);
  const auto* input = run.Read<uint8_t>(r->input);
  auto* output = run.Write<uint8_t>(r->output);
  for (uint32_t i = 0; i < r->elements; i += kPiece) {
    if (run.stop.raised()) return false;
    LogicalNot(input + i, std::min(kPiece, r->elements - i), output + i);
  }
  return true;
}

}  // namespace

Status PrepareLogical(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Status s = CheckPair(node, &pair);
  if (s.ok()) s = CheckType("output", node.output(0), TensorType::BOOL);
  if (!s.ok()) return s;
  if (node.code() == tflite::BuiltinOperator::LOGICAL_AND) {
    WritePair<uint8_t, LogicalAnd>(node, NoParams(), pair, writer);
  } else {
    WritePair<uint8_t, LogicalOr>(node, NoParams(), pair, writer);
  }
  return s;
}

Status PrepareLogicalNot(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckShape("output", output, input.shape()); !s.ok()) return s;
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LogicalNotRecord>(RunLogicalNot);
  if (r != nullptr)
    *r = {static_cast<uint32_t>(output.elements()), writer.At(input), writer.At(output)};
  return Status();
}

const StepList kLogicalSteps =
    ListSteps<PairStep<uint8_t, LogicalAnd, NoParams>, PairStep<uint8_t, LogicalOr, NoParams>,
              Step<LogicalNotRecord, RunLogicalNot>>();

}  // namespace moonlet
