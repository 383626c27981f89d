// MAXIMUM and MINIMUM: two inputs, broadcast against each other. Raw values are compared,
// whatever their scales, as in the reference.
#include "engine/kernels/extremes.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct ExtremesRecord {
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

template <typename T>
bool RunMaximum(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ExtremesRecord*>(record);
  return Maximum<T>(r->pair, run.Read<T>(r->a), run.Read<T>(r->b), run.Write<T>(r->output),
                    run.stop);
}

template <typename T>
bool RunMinimum(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ExtremesRecord*>(record);
  return Minimum<T>(r->pair, run.Read<T>(r->a), run.Read<T>(r->b), run.Write<T>(r->output),
                    run.stop);
}

template <typename T>
RunStep RunFor(const Node& node) {
  return node.code() == tflite::BuiltinOperator::MAXIMUM ? RunMaximum<T> : RunMinimum<T>;
}

RunStep RunFor(const Node& node, TensorType type) {
  if (type == TensorType::INT8) return RunFor<int8_t>(node);
  if (type == TensorType::INT16) return RunFor<int16_t>(node);
  if (type == TensorType::INT32) return RunFor<int32_t>(node);
  if (type == TensorType::INT64) return RunFor<int64_t>(node);
  return RunFor<float>(node);
}

}  // namespace

Status PrepareExtremes(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  if (Status s = CheckPair(node, &pair); !s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckType("output", output, a.type()); !s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<ExtremesRecord>(RunFor(node, a.type()));
  if (r != nullptr) *r = {pair, writer.At(a), writer.At(node.input(1)), writer.At(output)};
  return Status();
}

}  // namespace moonlet
