// LOGISTIC: one input, one output of a fixed scale.
#include "engine/kernels/logistic.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

// A table of 256 bytes takes the time of as many elements to make, and memory.
constexpr int32_t kFewElements = 64;

template <typename Params>
struct LogisticRecord {
  Params p;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunLogistic(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogisticRecord<Params>*>(record);
  return kKernel(r->p, run.Read<T>(r->input), run.Write<T>(r->output), run.stop);
}

template <typename T, auto kKernel, typename Params>
void WriteLogistic(const Node& node, const Params& p, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LogisticRecord<Params>>(RunLogistic<T, kKernel, Params>);
  if (r != nullptr) *r = {p, writer.At(input), writer.At(output)};
}

Status CheckLogistic(const Node& node) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  if (Status s = CheckAligned("input", node.input(0)); !s.ok()) return s;
  return CheckShape("output", node.output(0), node.input(0).shape());
}

int32_t ElementCount(const ModelTensor& tensor) { return static_cast<int32_t>(tensor.elements()); }

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
  if (!MakeLogisticS8(input.scale(), input.zero_point(), ElementCount(input), &p))
    return ScaleOutOfRange(input);
  if (p.elements < kFewElements) {
    WriteLogistic<int8_t, LogisticS8>(node, p, writer);
  } else {
    WriteByteTable(node, MakeLogisticTable(p), writer);
  }
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
  if (!MakeLogisticS16(input.scale(), ElementCount(input), &p)) return ScaleOutOfRange(input);
  WriteLogistic<int16_t, LogisticS16>(node, p, writer);
  return s;
}

Status PrepareLogisticF32(const Node& node, StepWriter& writer) {
  const Status s = CheckLogistic(node);
  // Its elements are all that the kernel needs to know.
  if (s.ok()) WriteLogistic<float, LogisticF32>(node, ElementCount(node.input(0)), writer);
  return s;
}

const StepList kLogisticSteps = ListSteps<
    Step<LogisticRecord<LogisticS8Params>, RunLogistic<int8_t, LogisticS8, LogisticS8Params>>,
    Step<LogisticRecord<LogisticS16Params>, RunLogistic<int16_t, LogisticS16, LogisticS16Params>>,
    Step<LogisticRecord<int32_t>, RunLogistic<float, LogisticF32, int32_t>>>();

}  // namespace moonlet
