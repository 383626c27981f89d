// LEAKY_RELU: one input, one output, elementwise.
#include "engine/kernels/leaky_relu.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct LeakyReluRecord {
  LeakyReluParams p;
  uint32_t elements;
  Operand input;
  Operand output;
};

template <typename T>
bool RunLeakyRelu(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LeakyReluRecord*>(record);
  return LeakyRelu<T>(r->p, run.Read<T>(r->input), r->elements, run.Write<T>(r->output), run.stop);
}

struct LeakyReluF32Record {
  float alpha;
  uint32_t elements;
  Operand input;
  Operand output;
};

bool RunLeakyReluF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LeakyReluF32Record*>(record);
  return LeakyReluF32(r->alpha, run.Read<float>(r->input), r->elements, run.Write<float>(r->output),
                      run.stop);
}

Status CheckLeakyRelu(const Node& node, float* alpha) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const tflite::LeakyReluOptions* options = node.table().builtin_options_as_LeakyReluOptions();
  if (options == nullptr) return MissingOptions();
  *alpha = options->alpha();
  const ModelTensor input = node.input(0);
  Status s = CheckAligned("input", input);
  if (s.ok()) s = CheckShape("output", node.output(0), input.shape());
  return s;
}

}  // namespace

Status PrepareLeakyRelu(const Node& node, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  float alpha;
  Status s = CheckLeakyRelu(node, &alpha);
  if (s.ok()) s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  LeakyReluParams p;
  if (!MakeLeakyReluScales(input.scale(), alpha, output.scale(), &p))
    return Status::Invalid("alpha %g with scales %g / %g is out of range",
                           static_cast<double>(alpha), static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p.input_zero = input.zero_point();
  p.output_zero = output.zero_point();
  if (WantsTable(node, writer)) {
    const StopToken never;
    WriteByteTable(node, TableOfKernel([&](const int8_t* in, size_t n, int8_t* out) {
                     return LeakyRelu<int8_t>(p, in, n, out, never);
                   }),
                   writer);
    return s;
  }
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<LeakyReluRecord>(input.type() == TensorType::INT8 ? RunLeakyRelu<int8_t>
                                                                         : RunLeakyRelu<int16_t>);
  if (r != nullptr)
    *r = {p, static_cast<uint32_t>(output.elements()), writer.At(input), writer.At(output)};
  return s;
}

Status PrepareLeakyReluF32(const Node& node, StepWriter& writer) {
  float alpha;
  if (Status s = CheckLeakyRelu(node, &alpha); !s.ok()) return s;
  const ModelTensor output = node.output(0);
  writer.Share(node.input(0), output, Sharing::kOverwrite);
  auto* r = writer.Add<LeakyReluF32Record>(RunLeakyReluF32);
  if (r != nullptr)
    *r = {alpha, static_cast<uint32_t>(output.elements()), writer.At(node.input(0)),
          writer.At(output)};
  return Status();
}

const StepList kLeakyReluSteps = ListSteps<Step<LeakyReluRecord, RunLeakyRelu<int8_t>>,
                                           Step<LeakyReluRecord, RunLeakyRelu<int16_t>>,
                                           Step<LeakyReluF32Record, RunLeakyReluF32>>();

}  // namespace moonlet
