// ARG_MAX and ARG_MIN: positions along one axis, which the output leaves out.
#include "engine/kernels/arg_extreme.h"

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct ArgExtremeRecord {
  ArgExtremeParams p;
  Operand input;
  Operand output;
};

template <typename T>
bool RunArgExtreme(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ArgExtremeRecord*>(record);
  return ArgExtreme<T>(r->p, run.Read<T>(r->input), run.Write<uint8_t>(r->output), run.stop);
}

RunStep ArgExtremeOf(TensorType type) {
  if (type == TensorType::INT8) return RunArgExtreme<int8_t>;
  if (type == TensorType::UINT8) return RunArgExtreme<uint8_t>;
  if (type == TensorType::INT16) return RunArgExtreme<int16_t>;
  if (type == TensorType::INT32) return RunArgExtreme<int32_t>;
  return RunArgExtreme<float>;
}

}  // namespace

Status PrepareArgExtreme(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  int64_t position;
  int axis;
  Status s = CheckAligned("input", input);
  if (s.ok()) s = ReadInteger("axis", node.input(1), &position);
  if (s.ok()) s = CheckAxis(position, input, &axis);
  if (!s.ok()) return s;
  int32_t shape[kMaxModelRank];
  size_t rank = 0;
  for (int i = 0; i < input.rank(); ++i)
    if (i != axis) shape[rank++] = input.dim(i);
  if (s = CheckShape("output", output, std::span(shape, rank)); !s.ok()) return s;
  auto* r = writer.Add<ArgExtremeRecord>(ArgExtremeOf(input.type()));
  if (r == nullptr) return s;
  const auto outer = static_cast<int32_t>(RowsBefore(input, axis));
  r->p = {outer, input.dim(axis), static_cast<int32_t>(input.elements() / outer / input.dim(axis)),
          node.code() == tflite::BuiltinOperator::ARG_MIN, output.type() == TensorType::INT64};
  r->input = writer.At(input);
  r->output = writer.At(output);
  return s;
}

const StepList kArgExtremeSteps = ListSteps<
    Step<ArgExtremeRecord, RunArgExtreme<int8_t>>, Step<ArgExtremeRecord, RunArgExtreme<uint8_t>>,
    Step<ArgExtremeRecord, RunArgExtreme<int16_t>>, Step<ArgExtremeRecord, RunArgExtreme<int32_t>>,
    Step<ArgExtremeRecord, RunArgExtreme<float>>>();

}  // namespace moonlet
