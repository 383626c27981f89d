// SOFTMAX over the last axis.
#include "engine/kernels/softmax.h"

#include <cmath>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct SoftmaxS8Record {
  SoftmaxS8Params p;
  Operand input;
  Operand output;
};

template <typename To>
bool RunSoftmaxS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SoftmaxS8Record*>(record);
  return SoftmaxS8(r->p, run.Read<int8_t>(r->input), run.Write<To>(r->output), run.stop);
}

struct SoftmaxS16Record {
  SoftmaxS16Params p;
  Operand input;
  Operand output;
};

bool RunSoftmaxS16(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SoftmaxS16Record*>(record);
  return SoftmaxS16(r->p, run.Read<int16_t>(r->input), run.Write<int16_t>(r->output), run.stop);
}

struct SoftmaxF32Record {
  SoftmaxF32Params p;
  Operand input;
  Operand output;
};

bool RunSoftmaxF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SoftmaxF32Record*>(record);
  return SoftmaxF32(r->p, run.Read<float>(r->input), run.Write<float>(r->output), run.stop);
}

Status CheckSoftmax(const Node& node, int32_t* rows, int32_t* depth, float* beta) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const tflite::SoftmaxOptions* options = node.table().builtin_options_as_SoftmaxOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  if (input.rank() < 1) return Status::Invalid("a scalar, expected rows");
  if (Status s = CheckAligned("input", input); !s.ok()) return s;
  *depth = input.dim(input.rank() - 1);
  *rows = static_cast<int32_t>(input.elements() / *depth);
  *beta = options->beta();
  return CheckShape("output", node.output(0), input.shape());
}

// Probabilities fill the range of the output's type. As in the reference an int16 scale may
// be off by 1/1000; nothing reads it.
Status CheckProbabilities(const ModelTensor& output) {
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  const bool wide = output.type() == tflite::TensorType::INT16;
  const float scale = wide ? 1.0f / 65536 : 1.0f / 256;
  const int32_t zero = wide ? -32768 : -128;
  const float tolerance = wide ? 0.001f * scale : 0.0f;
  if (std::fabs(output.scale() - scale) <= tolerance && output.zero_point() == zero)
    return Status();
  return Status::Invalid("%s has scale %g, zero point %d, expected %s, %d",
                         TensorLabel("output", output).text, static_cast<double>(output.scale()),
                         output.zero_point(), wide ? "1/65536" : "1/256", zero);
}

}  // namespace

Status PrepareSoftmaxS8(const Node& node, StepWriter& writer) {
  int32_t rows;
  int32_t depth;
  float beta;
  Status s = CheckSoftmax(node, &rows, &depth, &beta);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckProbabilities(node.output(0));
  if (!s.ok()) return s;
  const ModelTensor output = node.output(0);
  SoftmaxS8Params p;
  const float scale = node.input(0).scale();
  if (!MakeSoftmaxS8(rows, depth, beta, scale, &p))
    return Status::Invalid("beta %g with an input scale of %g is out of range",
                           static_cast<double>(beta), static_cast<double>(scale));
  const bool wide = output.type() == tflite::TensorType::INT16;
  auto* r = writer.Add<SoftmaxS8Record>(wide ? RunSoftmaxS8<int16_t> : RunSoftmaxS8<int8_t>);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(output)};
  return s;
}

Status PrepareSoftmaxS16(const Node& node, StepWriter& writer) {
  SoftmaxS16Params p;
  int32_t rows;
  int32_t depth;
  float beta;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Status s = CheckSoftmax(node, &rows, &depth, &beta);
  if (s.ok()) s = CheckQuantized("input", input);
  if (s.ok()) s = CheckSymmetric("input", input);
  if (s.ok()) s = CheckQuantized("output", output);
  if (s.ok()) s = CheckSymmetric("output", output);
  if (!s.ok()) return s;
  constexpr float kStep = 1.0f / 32768;
  if (!(std::fabs(output.scale() - kStep) <= 0.001f * kStep))
    return Status::Invalid("%s has scale %g, expected 1/32768", TensorLabel("output", output).text,
                           static_cast<double>(output.scale()));
  if (!MakeSoftmaxS16(rows, depth, beta, input.scale(), &p))
    return Status::Invalid("beta %g with an input scale of %g is out of range",
                           static_cast<double>(beta), static_cast<double>(input.scale()));
  auto* r = writer.Add<SoftmaxS16Record>(RunSoftmaxS16);
  if (r != nullptr) *r = {p, writer.At(input), writer.At(output)};
  return s;
}

Status PrepareSoftmaxF32(const Node& node, StepWriter& writer) {
  SoftmaxF32Params p;
  if (Status s = CheckSoftmax(node, &p.rows, &p.depth, &p.beta); !s.ok()) return s;
  auto* r = writer.Add<SoftmaxF32Record>(RunSoftmaxF32);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
  return Status();
}

const StepList kSoftmaxSteps =
    ListSteps<Step<SoftmaxS8Record, RunSoftmaxS8<int8_t>>,
              Step<SoftmaxS8Record, RunSoftmaxS8<int16_t>>, Step<SoftmaxS16Record, RunSoftmaxS16>,
              Step<SoftmaxF32Record, RunSoftmaxF32>>();

}  // namespace moonlet
