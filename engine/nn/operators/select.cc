// SELECT_V2 and SELECT: elements of the second input where the first holds, else of the third.
// Raw values are copied.
#include "engine/kernels/select.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

static_assert(SelectParams::kMaxRank >= kMaxModelRank);

struct SelectRecord {
  SelectParams p;
  int32_t element_bytes;
  Operand condition;
  Operand x;
  Operand y;
  Operand output;
};

bool RunSelect(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SelectRecord*>(record);
  return Select(r->p, r->element_bytes, run.Address(r->condition), run.Address(r->x),
                run.Address(r->y), run.Write<uint8_t>(r->output), run.stop);
}

struct ConditionShape {
  int32_t lengths[kMaxModelRank] = {};
  size_t rank = 0;

  std::span<const int32_t> span() const { return {lengths, rank}; }
};

// A SELECT takes a vector of conditions for whole rows too, however many axes a row has.
ConditionShape ShapeOfCondition(const Node& node) {
  const ModelTensor condition = node.input(0);
  const ModelTensor x = node.input(1);
  ConditionShape shape;
  for (const int32_t length : condition.shape()) shape.lengths[shape.rank++] = length;
  const bool rows = node.code() == tflite::BuiltinOperator::SELECT && condition.rank() == 1 &&
                    x.rank() > 1 && condition.dim(0) == x.dim(0);
  while (rows && shape.rank < x.shape().size()) shape.lengths[shape.rank++] = 1;
  return shape;
}

}  // namespace

Status PrepareSelect(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor x = node.input(1);
  const ModelTensor y = node.input(2);
  const ModelTensor output = node.output(0);
  Status s = CheckType("second input", x, output.type());
  if (s.ok()) s = CheckType("third input", y, output.type());
  if (!s.ok()) return s;
  const ConditionShape condition = ShapeOfCondition(node);
  SelectParams p;
  int32_t joint[SelectParams::kMaxRank];
  if (!MakeSelect({condition.span(), x.shape(), y.shape()}, &p, joint))
    return Status::Invalid("inputs of shapes %s, %s and %s do not fit each other",
                           DimsText(node.input(0).shape()).text, DimsText(x.shape()).text,
                           DimsText(y.shape()).text);
  const size_t rank = std::max({condition.rank, x.shape().size(), y.shape().size()});
  if (s = CheckShape("output", output, std::span(joint, rank)); !s.ok()) return s;
  auto* r = writer.Add<SelectRecord>(RunSelect);
  if (r != nullptr)
    *r = {p,
          ElementBytes(output),
          writer.At(node.input(0)),
          writer.At(x),
          writer.At(y),
          writer.At(output)};
  return s;
}

const StepList kSelectSteps = ListSteps<Step<SelectRecord, RunSelect>>();

}  // namespace moonlet
