// SPLIT and SPLIT_V: one input, any number of outputs. Their lengths along the axis are
// those of the output tensors; the second input of SPLIT_V, which repeats them, is not read.
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

Status CheckAxisTensor(const ModelTensor& tensor, const ModelTensor& input, int* axis) {
  Status s = CheckType("axis", tensor, TensorType::INT32);
  if (s.ok()) s = CheckConstant("axis", tensor);
  if (!s.ok()) return s;
  if (tensor.elements() != 1)
    return Status::Invalid("%s has shape %s, expected one element",
                           TensorLabel("axis", tensor).text, DimsText(tensor.shape()).text);
  return CheckAxis(Unaligned<int32_t>(tensor.data().data())[0], input, axis);
}

Status CheckOutputs(const Node& node, const ModelTensor& input, int axis) {
  int64_t length = 0;
  for (int k = 0; k < node.outputs(); ++k) {
    if (Status s = CheckPart("output", node.output(k), input, axis); !s.ok()) return s;
    length += node.output(k).dim(axis);
  }
  if (length == input.dim(axis)) return Status();
  return Status::Invalid("outputs of %lld together along axis %d, expected the input's %d",
                         static_cast<long long>(length), axis + 1, input.dim(axis));
}

Status PrepareParts(const Node& node, int inputs, int input_at, int axis_at, StepWriter& writer) {
  if (node.inputs() != inputs)
    return Status::Invalid("%d inputs, expected %d", node.inputs(), inputs);
  for (int k = 0; k < inputs; ++k)
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
  const ModelTensor input = node.input(input_at);
  int axis;
  Status s = CheckAxisTensor(node.input(axis_at), input, &axis);
  if (s.ok()) s = CheckOutputs(node, input, axis);
  if (s.ok()) WriteSplit(node, input, RowsBefore(input, axis), writer);
  return s;
}

}  // namespace

Status PrepareSplit(const Node& node, StepWriter& writer) {
  return PrepareParts(node, 2, 1, 0, writer);
}

Status PrepareSplitV(const Node& node, StepWriter& writer) {
  return PrepareParts(node, 3, 0, 2, writer);
}

}  // namespace moonlet
