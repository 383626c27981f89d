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

struct LogisticS16Record {
  LogisticS16Params p;
  Operand input;
  Operand output;
};

bool RunLogisticS16(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogisticS16Record*>(record);
  return LogisticS16(r->p, run.Read<int16_t>(r->input), run.Write<int16_t>(r->output), run.stop);
}

struct LogisticF32Record {
  int32_t elements;
  Operand input;
  Operand output;
};

bool RunLogisticF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogisticF32Record*>(record);
  return LogisticF32(r->elements, run.Read<float>(r->input), run.Write<float>(r->output), run.stop);
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

Status PrepareLogisticS16(const Node& node, StepWriter& writer) {
  Status s = CheckLogistic(node);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckQuantized("output", node.output(0));
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (input.zero_point() != 0)
    return Status::Invalid("%s has zero point %d, expected 0", TensorLabel("input", input).text,
                           input.zero_point());
  if (output.scale() != 1.0f / 32768 || output.zero_point() != 0)
    return Status::Invalid("%s has scale %g, zero point %d, expected 1/32768, 0",
                           TensorLabel("output", output).text, static_cast<double>(output.scale()),
                           output.zero_point());
  LogisticS16Params p;
  if (!MakeLogisticS16(input.scale(), Elements(input), &p)) return ScaleOutOfRange(input);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LogisticS16Record>(RunLogisticS16);
  if (r != nullptr) *r = {p, writer.At(input), writer.At(output)};
  return s;
}

Status PrepareLogisticF32(const Node& node, StepWriter& writer) {
  if (Status s = CheckLogistic(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LogisticF32Record>(RunLogisticF32);
  if (r != nullptr) *r = {Elements(input), writer.At(input), writer.At(output)};
  return Status();
}

}  // namespace moonlet
