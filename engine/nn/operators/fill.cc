// FILL: one value everywhere, and ZEROS_LIKE, whose value is 0. The shape of a FILL is a
// constant that repeats the output's.
#include <cstring>

#include "engine/kernels/repeat.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct FillRecord {
  Operand value;  // none: 0
  Operand output;
  uint32_t element_bytes;
  uint32_t elements;
};

bool RunFill(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FillRecord*>(record);
  const uint8_t* value = run.Address(r->value);
  auto* output = run.Write<uint8_t>(r->output);
  if (value != nullptr) {
    std::memcpy(output, value, r->element_bytes);
  } else {
    std::memset(output, 0, r->element_bytes);
  }
  WorkMeter meter(run.stop);
  return RepeatBytes(output, r->element_bytes, r->elements, meter);
}

void WriteFill(Operand value, const ModelTensor& output, StepWriter& writer) {
  auto* r = writer.Add<FillRecord>(RunFill);
  if (r != nullptr)
    *r = {value, writer.At(output), static_cast<uint32_t>(ElementBytes(output)),
          static_cast<uint32_t>(output.elements())};
}

}  // namespace

Status PrepareFill(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor value = node.input(1);
  const ModelTensor output = node.output(0);
  Status s = CheckType("value", value, output.type());
  if (s.ok()) s = CheckOneElement("value", value);
  if (s.ok()) s = CheckConstantShape("dims", node.input(0), output);
  if (s.ok()) WriteFill(writer.At(value), output, writer);
  return s;
}

// As in the reference, 0 is the number in memory whatever the zero point is.
Status PrepareZerosLike(const Node& node, StepWriter& writer) {
  Status s = CheckCounts(node, 1, 1);
  if (s.ok()) s = CheckType("output", node.output(0), node.input(0).type());
  if (s.ok()) s = CheckShape("output", node.output(0), node.input(0).shape());
  if (s.ok()) WriteFill({}, node.output(0), writer);
  return s;
}

const StepList kFillSteps = ListSteps<Step<FillRecord, RunFill>>();

}  // namespace moonlet
