// SignalWindow: frames of samples, each multiplied by a window; SignalFftAutoScale: a frame
// shifted left to fill 16 bits.
#include "engine/kernels/signal_window.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct WindowRecord {
  int32_t shift;
  int32_t length;
  int32_t frames;
  Operand input;
  Operand weights;
  Operand output;
};

bool RunWindow(const void* record, const RunContext& run) {
  const auto* r = static_cast<const WindowRecord*>(record);
  const auto* input = run.Read<int16_t>(r->input);
  auto* output = run.Write<int16_t>(r->output);
  for (int32_t i = 0; i < r->frames; ++i, input += r->length, output += r->length)
    WindowS16(input, run.ReadUnaligned<int16_t>(r->weights), r->length, r->shift, output);
  return true;
}

struct AutoScaleRecord {
  int32_t elements;
  Operand input;
  Operand output;
  Operand bits;
};

bool RunAutoScale(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AutoScaleRecord*>(record);
  const auto* input = run.Read<int16_t>(r->input);
  const int bits = FreeBitsS16(input, r->elements);
  ShiftLeftS16(input, r->elements, bits, run.Write<int16_t>(r->output));
  *run.Write<int32_t>(r->bits) = bits;
  return true;
}

}  // namespace

Status PrepareSignalWindow(const Node& node, StepWriter& writer) {
  FlexMap options;
  int32_t shift = 0;
  Status s = CheckSignal(node, 2, 1);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("shift", 0, 31, &shift);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor weights = node.input(1);
  const ModelTensor output = node.output(0);
  const int32_t length = input.rank() > 0 ? input.dim(input.rank() - 1) : 1;
  s = CheckAligned("input", input);
  if (s.ok()) s = CheckTable("window", weights, length);
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (!s.ok()) return s;
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<WindowRecord>(RunWindow);
  if (r == nullptr) return s;
  *r = {shift,
        length,
        ElementsOf(input) / length,
        writer.At(input),
        writer.At(weights),
        writer.At(output)};
  return s;
}

Status PrepareSignalFftAutoScale(const Node& node, StepWriter& writer) {
  Status s = CheckSignal(node, 1, 2);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const ModelTensor bits = node.output(1);
  s = CheckAligned("input", input);
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (s.ok()) s = CheckArray("scale bits", bits, TensorType::INT32, 1);
  if (!s.ok()) return s;
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<AutoScaleRecord>(RunAutoScale);
  if (r != nullptr) *r = {ElementsOf(input), writer.At(input), writer.At(output), writer.At(bits)};
  return s;
}

const StepList kSignalWindowSteps =
    ListSteps<Step<WindowRecord, RunWindow>, Step<AutoScaleRecord, RunAutoScale>>();

}  // namespace moonlet
