// CONCATENATION: any number of inputs, one output. Raw values are copied.
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// Raw int8 values mean the same on both sides. Of int16 the reference asks only that
// they are symmetric.
Status CheckJoinedScale(const ModelTensor& input, const ModelTensor& output) {
  const bool int8 = output.type() == TensorType::INT8;
  const bool int16 = output.type() == TensorType::INT16;
  if (int8 && (input.scale() != output.scale() || input.zero_point() != output.zero_point()))
    return Status::Invalid("%s has scale %g, zero point %d, expected the output's %g, %d",
                           TensorLabel("input", input).text, static_cast<double>(input.scale()),
                           input.zero_point(), static_cast<double>(output.scale()),
                           output.zero_point());
  if (int16 && (input.zero_point() != 0 || output.zero_point() != 0))
    return Status::Invalid("zero points %d of %s and %d of the output, expected 0",
                           input.zero_point(), TensorLabel("input", input).text,
                           output.zero_point());
  return Status();
}

Status CheckInputs(const Node& node, int axis) {
  const ModelTensor output = node.output(0);
  int64_t length = 0;
  for (int k = 0; k < node.inputs(); ++k) {
    const ModelTensor input = node.input(k);
    Status s = CheckPart("input", input, output, axis);
    if (s.ok()) s = CheckJoinedScale(input, output);
    if (!s.ok()) return s;
    length += input.dim(axis);
  }
  if (length == output.dim(axis)) return Status();
  return Status::Invalid("inputs of %lld together along axis %d, expected the output's %d",
                         static_cast<long long>(length), axis + 1, output.dim(axis));
}

}  // namespace

Status PrepareConcatenation(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, node.inputs(), node.inputs()); !s.ok()) return s;
  const tflite::ConcatenationOptions* options =
      node.table().builtin_options_as_ConcatenationOptions();
  if (options == nullptr) return MissingOptions();
  if (options->fused_activation_function() != tflite::ActivationFunctionType::NONE)
    return Status::Unsupported("fused activation %d, expected none",
                               static_cast<int>(options->fused_activation_function()));
  const ModelTensor output = node.output(0);
  int axis;
  Status s = CheckAxis(options->axis(), output, &axis);
  if (s.ok()) s = CheckInputs(node, axis);
  if (s.ok()) WriteJoin(node, RowsBefore(output, axis), writer);
  return s;
}

}  // namespace moonlet
