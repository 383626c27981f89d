// RESHAPE, EXPAND_DIMS and SQUEEZE: the same elements in another shape. The shape of a
// RESHAPE is the output tensor's; its second input, which repeats it, is not read.
#include <cstring>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct ReshapeRecord {
  Operand input;
  Operand output;
  uint32_t bytes;
};

bool RunReshape(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ReshapeRecord*>(record);
  std::memcpy(run.Write<uint8_t>(r->output), run.Address(r->input), r->bytes);
  return true;
}

// Requires as many bytes on both sides.
void WriteReshape(const Node& node, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (writer.Alias(input, output)) return;
  auto* r = writer.Add<ReshapeRecord>(RunReshape);
  if (r == nullptr) return;
  *r = {writer.At(input), writer.At(output), static_cast<uint32_t>(output.bytes())};
}

// Marks the axes that SQUEEZE drops: those it lists, or every one of length 1.
Status FindDropped(const Node& node, const ModelTensor& input, bool (&dropped)[kMaxModelRank]) {
  const tflite::SqueezeOptions* options = node.table().builtin_options_as_SqueezeOptions();
  const auto* list = options == nullptr ? nullptr : options->squeeze_dims();
  for (int axis = 0; axis < input.rank(); ++axis)
    dropped[axis] = Count(list) == 0 && input.dim(axis) == 1;
  if (Count(list) > static_cast<uint32_t>(kMaxModelRank))
    return Status::Invalid("%u axes, expected at most %d", Count(list), kMaxModelRank);
  for (uint32_t i = 0; i < Count(list); ++i) {
    int axis;
    if (Status s = CheckAxis(list->Get(i), input, &axis); !s.ok()) return s;
    if (input.dim(axis) != 1)
      return Status::Invalid("axis %d of shape %s does not have length 1", axis + 1,
                             DimsText(input.shape()).text);
    dropped[axis] = true;
  }
  return Status();
}

}  // namespace

Status PrepareReshape(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckType("output", output, input.type()); !s.ok()) return s;
  if (input.elements() != output.elements())
    return Status::Invalid("shape %s does not fit into shape %s", DimsText(input.shape()).text,
                           DimsText(output.shape()).text);
  WriteReshape(node, writer);
  return Status();
}

// The axis is where the new one stands in the output.
Status PrepareExpandDims(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (output.rank() != input.rank() + 1) return CheckRank("output", output, input.rank() + 1);
  int64_t position;
  int axis;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = ReadInteger("axis", node.input(1), &position);
  if (s.ok()) s = CheckAxis(position, output, &axis);
  if (!s.ok()) return s;
  int32_t shape[kMaxModelRank];
  for (int i = 0; i < output.rank(); ++i)
    shape[i] = i == axis ? 1 : input.dim(i < axis ? i : i - 1);
  s = CheckShape("output", output, std::span(shape, static_cast<size_t>(output.rank())));
  if (s.ok()) WriteReshape(node, writer);
  return s;
}

Status PrepareSqueeze(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  bool dropped[kMaxModelRank] = {};
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = FindDropped(node, input, dropped);
  if (!s.ok()) return s;
  int32_t shape[kMaxModelRank];
  size_t rank = 0;
  for (int axis = 0; axis < input.rank(); ++axis)
    if (!dropped[axis]) shape[rank++] = input.dim(axis);
  s = CheckShape("output", output, std::span(shape, rank));
  if (s.ok()) WriteReshape(node, writer);
  return s;
}

const StepList kReshapeSteps = ListSteps<Step<ReshapeRecord, RunReshape>>();

}  // namespace moonlet
