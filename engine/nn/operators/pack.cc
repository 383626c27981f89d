// PACK and UNPACK: tensors of one shape, and one with an axis more that joins them. Raw
// values are copied.
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

// One of the parts: the type of the whole, and its shape without the axis.
Status CheckPacked(const char* role, const ModelTensor& part, const ModelTensor& whole, int axis) {
  if (Status s = CheckType(role, part, whole.type()); !s.ok()) return s;
  bool fits = part.rank() == whole.rank() - 1;
  for (int i = 0; fits && i < part.rank(); ++i)
    fits = part.dim(i) == whole.dim(i < axis ? i : i + 1);
  if (fits) return Status();
  return Status::Invalid("%s has shape %s, expected %s without axis %d",
                         TensorLabel(role, part).text, DimsText(part.shape()).text,
                         DimsText(whole.shape()).text, axis + 1);
}

// The axis counts the parts, and so does the operator's option.
Status CheckPartCount(const char* what, int parts, int option, const ModelTensor& whole, int axis) {
  if (parts == whole.dim(axis) && parts == option) return Status();
  return Status::Invalid("%d %s, expected %d along axis %d and %d in the options", parts, what,
                         whole.dim(axis), axis + 1, option);
}

}  // namespace

Status PreparePack(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, node.inputs(), node.inputs()); !s.ok()) return s;
  const tflite::PackOptions* options = node.table().builtin_options_as_PackOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor output = node.output(0);
  int axis;
  Status s = CheckAxis(options->axis(), output, &axis);
  if (s.ok()) s = CheckPartCount("inputs", node.inputs(), options->values_count(), output, axis);
  for (int k = 0; s.ok() && k < node.inputs(); ++k)
    s = CheckPacked("input", node.input(k), output, axis);
  if (s.ok()) WriteJoin(node, RowsBefore(output, axis), writer);
  return s;
}

Status PrepareUnpack(const Node& node, StepWriter& writer) {
  if (node.inputs() != 1 || !node.has_input(0))
    return Status::Invalid("%d inputs, expected 1", node.inputs());
  const tflite::UnpackOptions* options = node.table().builtin_options_as_UnpackOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  int axis;
  Status s = CheckAxis(options->axis(), input, &axis);
  if (s.ok()) s = CheckPartCount("outputs", node.outputs(), options->num(), input, axis);
  for (int k = 0; s.ok() && k < node.outputs(); ++k)
    s = CheckPacked("output", node.output(k), input, axis);
  if (s.ok()) WriteSplit(node, input, RowsBefore(input, axis), writer);
  return s;
}

}  // namespace moonlet
