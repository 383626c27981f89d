// ONE_HOT: indices, the constant length of the new axis, and the values of on and off.
#include "engine/kernels/one_hot.h"

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct OneHotRecord {
  OneHotParams p;
  IntegerOperand indices;
  Operand on;
  Operand off;
  Operand output;
};

bool RunOneHot(const void* record, const RunContext& run) {
  const auto* r = static_cast<const OneHotRecord*>(record);
  return OneHot(r->p, r->indices.Read(run), run.Address(r->on), run.Address(r->off),
                run.Write<uint8_t>(r->output), run.stop);
}

Status CheckHotValue(const char* role, const ModelTensor& value, const ModelTensor& output) {
  Status s = CheckType(role, value, output.type());
  if (s.ok()) s = CheckOneElement(role, value);
  return s;
}

// The output has the indices' shape with the new axis in between.
Status CheckHotShape(const ModelTensor& indices, const ModelTensor& output, int axis,
                     int64_t depth) {
  int32_t shape[kMaxModelRank];
  for (int i = 0; i < output.rank(); ++i)
    shape[i] = i == axis ? output.dim(i) : indices.dim(i < axis ? i : i - 1);
  const auto rank = static_cast<size_t>(output.rank());
  if (Status s = CheckShape("output", output, std::span(shape, rank)); !s.ok()) return s;
  if (output.dim(axis) == depth) return Status();
  return Status::Invalid("depth %lld, expected the output's %d along axis %d",
                         static_cast<long long>(depth), output.dim(axis), axis + 1);
}

}  // namespace

Status PrepareOneHot(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 4, 4); !s.ok()) return s;
  const tflite::OneHotOptions* options = node.table().builtin_options_as_OneHotOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor indices = node.input(0);
  const ModelTensor output = node.output(0);
  int64_t depth;
  int axis;
  Status s = CheckRank("output", output, indices.rank() + 1);
  if (s.ok()) s = ReadInteger("depth", node.input(1), &depth);
  if (s.ok()) s = CheckHotValue("on value", node.input(2), output);
  if (s.ok()) s = CheckHotValue("off value", node.input(3), output);
  if (s.ok()) s = CheckAxis(options->axis(), output, &axis);
  if (s.ok()) s = CheckHotShape(indices, output, axis, depth);
  if (!s.ok()) return s;
  const auto outer = static_cast<int32_t>(RowsBefore(output, axis));
  const OneHotParams p = {outer, output.dim(axis), static_cast<int32_t>(indices.elements() / outer),
                          ElementBytes(output)};
  auto* r = writer.Add<OneHotRecord>(RunOneHot);
  if (r != nullptr)
    *r = {p, IntegersAt(indices, writer), writer.At(node.input(2)), writer.At(node.input(3)),
          writer.At(output)};
  return s;
}

const StepList kOneHotSteps = ListSteps<Step<OneHotRecord, RunOneHot>>();

}  // namespace moonlet
