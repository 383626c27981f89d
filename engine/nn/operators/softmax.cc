// SOFTMAX over the last axis.
#include "engine/kernels/softmax.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

struct SoftmaxS8Record {
  SoftmaxS8Params p;
  Operand input;
  Operand output;
};

bool RunSoftmaxS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SoftmaxS8Record*>(record);
  return SoftmaxS8(r->p, run.Read<int8_t>(r->input), run.Write<int8_t>(r->output), run.stop);
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

}  // namespace

Status PrepareSoftmaxS8(const Node& node, StepWriter& writer) {
  int32_t rows;
  int32_t depth;
  float beta;
  Status s = CheckSoftmax(node, &rows, &depth, &beta);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckQuantized("output", node.output(0));
  if (!s.ok()) return s;
  const ModelTensor output = node.output(0);
  if (output.scale() != 1.0f / 256 || output.zero_point() != -128)
    return Status::Invalid("%s has scale %g, zero point %d, expected 1/256, -128",
                           TensorLabel("output", output).text, static_cast<double>(output.scale()),
                           output.zero_point());
  SoftmaxS8Params p;
  const float scale = node.input(0).scale();
  if (!MakeSoftmaxS8(rows, depth, beta, scale, &p))
    return Status::Invalid("beta %g with an input scale of %g is out of range",
                           static_cast<double>(beta), static_cast<double>(scale));
  auto* r = writer.Add<SoftmaxS8Record>(RunSoftmaxS8);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(output)};
  return s;
}

Status PrepareSoftmaxF32(const Node& node, StepWriter& writer) {
  SoftmaxF32Params p;
  if (Status s = CheckSoftmax(node, &p.rows, &p.depth, &p.beta); !s.ok()) return s;
  auto* r = writer.Add<SoftmaxF32Record>(RunSoftmaxF32);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
  return Status();
}

}  // namespace moonlet
