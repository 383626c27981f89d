// SPLIT and SPLIT_V: one input, any number of outputs. Their lengths along the axis are
// those of the output tensors; the second input of SPLIT_V, which repeats them, is not read.
#include "engine/kernels/copy_rows.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct SplitPart {
  Operand output;
  uint32_t row_bytes;
};

// `parts` of them follow the record.
struct SplitRecord {
  Operand input;
  uint32_t parts;
  uint32_t rows;
  uint32_t row_bytes;
};

bool RunSplit(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SplitRecord*>(record);
  const auto* part = reinterpret_cast<const SplitPart*>(r + 1);
  const uint8_t* input = run.Address(r->input);
  for (uint32_t k = 0; k < r->parts; ++k, ++part) {
    const RowCopy copy = {r->rows, part->row_bytes, r->row_bytes, part->row_bytes};
    if (!CopyRows(copy, input, run.Write<uint8_t>(part->output), run.stop)) return false;
    input += part->row_bytes;
  }
  return true;
}

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
  if (!s.ok()) return s;
  const auto parts = static_cast<uint32_t>(node.outputs());
  auto* r = writer.Add<SplitRecord>(RunSplit, parts * sizeof(SplitPart));
  if (r == nullptr) return s;
  *r = {writer.At(input), parts, RowsBefore(input, axis), RowBytes(input, axis)};
  auto* part = reinterpret_cast<SplitPart*>(r + 1);
  for (uint32_t k = 0; k < parts; ++k) {
    const ModelTensor output = node.output(static_cast<int>(k));
    part[k] = {writer.At(output), RowBytes(output, axis)};
  }
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
