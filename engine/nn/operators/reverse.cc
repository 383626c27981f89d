// REVERSE_V2: some axes, listed by a constant, run backwards.
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

// One bit for each axis that runs backwards.
Status ReadReversed(const ModelTensor& list, const ModelTensor& input, uint32_t* reversed) {
  IntegerArray values;
  Status s = CheckRank("axes", list, 1);
  if (s.ok()) s = ReadIntegerVector("axes", list, list.dim(0), &values);
  if (!s.ok()) return s;
  *reversed = 0;
  for (int i = 0; i < list.dim(0); ++i) {
    int axis;
    if (s = CheckAxis(values[i], input, &axis); !s.ok()) return s;
    if ((*reversed >> axis & 1) != 0) return Status::Invalid("axis %d is listed twice", axis + 1);
    *reversed |= 1u << axis;
  }
  return s;
}

}  // namespace

Status PrepareReverse(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  uint32_t reversed = 0;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (s.ok()) s = ReadReversed(node.input(1), input, &reversed);
  if (!s.ok()) return s;
  const AxisSteps steps(input);
  StridedAxis axes[kMaxModelRank];
  int64_t first = 0;
  for (int axis = 0; axis < input.rank(); ++axis) {
    axes[axis] = {input.dim(axis), steps[axis], steps[axis]};
    if ((reversed >> axis & 1) == 0) continue;
    axes[axis].from = -steps[axis];
    first += int64_t{input.dim(axis) - 1} * steps[axis];
  }
  const std::span box(axes, static_cast<size_t>(input.rank()));
  WriteBoxCopy(input, first, MakeStridedCopy(box, ElementBytes(input)), output, writer);
  return s;
}

}  // namespace moonlet
