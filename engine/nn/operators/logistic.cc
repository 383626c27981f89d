// LOGISTIC: one input, one output of a fixed scale.
#include "engine/kernels/logistic.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

struct LogisticS8Record {
  LogisticS8Params p;
  Operand input;
  Operand output;
};

bool RunLogisticS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogisticS8Record*>(record);
  return LogisticS8(r->p, run.Read<int8_t>(r->input), run.Write<int8_t>(r->output), run.stop);
}

Status CheckLogistic(const Node& node) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  if (Status s = CheckAligned("input", node.input(0)); !s.ok()) return s;
  return CheckShape("output", node.output(0), node.input(0).shape());
}

int32_t Elements(const ModelTensor& tensor) { return static_cast<int32_t>(tensor.elements()); }

Status ScaleOutOfRange(const ModelTensor& input) {
  return Status::Invalid("%s has scale %g, out of range", TensorLabel("input", input).text,
                         static_cast<double>(input.scale()));
}

}  // namespace

Status PrepareLogisticS8(const Node& node, StepWriter& writer) {
  Status s = CheckLogistic(node);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckQuantized("output", node.output(0));
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (output.scale() != 1.0f / 256 || output.zero_point() != -128)
    return Status::Invalid("%s has scale %g, zero point %d, expected 1/256, -128",
                           TensorLabel("output", output).text, static_cast<double>(output.scale()),
                           output.zero_point());
  LogisticS8Params p;
  if (!MakeLogisticS8(input.scale(), input.zero_point(), Elements(input), &p))
    return ScaleOutOfRange(input);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LogisticS8Record>(RunLogisticS8);
  if (r != nullptr) *r = {p, writer.At(input), writer.At(output)};
  return s;
}

}  // namespace moonlet
