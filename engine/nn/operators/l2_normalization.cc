// L2_NORMALIZATION over the last axis.
#include "engine/kernels/l2_normalization.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct L2NormalizationRecord {
  L2NormalizationParams p;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel>
bool RunL2Normalization(const void* record, const RunContext& run) {
  const auto* r = static_cast<const L2NormalizationRecord*>(record);
  return kKernel(r->p, run.Read<T>(r->input), run.Write<T>(r->output), run.stop);
}

Status CheckL2Normalization(const Node& node, L2NormalizationParams* p) {
  if (Status s = CheckMap(node); !s.ok()) return s;
  const tflite::L2NormOptions* options = node.table().builtin_options_as_L2NormOptions();
  if (options == nullptr) return MissingOptions();
  if (options->fused_activation_function() != tflite::ActivationFunctionType::NONE)
    return Status::Unsupported("fused activation %d, expected none",
                               static_cast<int>(options->fused_activation_function()));
  const ModelTensor input = node.input(0);
  if (input.rank() < 1) return Status::Invalid("a scalar, expected rows");
  p->depth = input.dim(input.rank() - 1);
  p->rows = static_cast<int32_t>(input.elements() / p->depth);
  return Status();
}

template <typename T, auto kKernel>
void WriteL2Normalization(const Node& node, const L2NormalizationParams& p, StepWriter& writer) {
  // A row is read whole, then written in order.
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<L2NormalizationRecord>(RunL2Normalization<T, kKernel>);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
}

}  // namespace

Status PrepareL2NormalizationS8(const Node& node, StepWriter& writer) {
  L2NormalizationParams p;
  Status s = CheckL2Normalization(node, &p);
  if (s.ok()) s = CheckQuantizedMap(node);
  if (s.ok()) s = CheckFixedScale(node.output(0), 1.0f / 128, 0, "1/128");
  if (!s.ok()) return s;
  p.input_zero = node.input(0).zero_point();
  WriteL2Normalization<int8_t, L2NormalizationS8>(node, p, writer);
  return s;
}

Status PrepareL2NormalizationF32(const Node& node, StepWriter& writer) {
  L2NormalizationParams p;
  const Status s = CheckL2Normalization(node, &p);
  if (s.ok()) WriteL2Normalization<float, L2NormalizationF32>(node, p, writer);
  return s;
}

const StepList kL2NormalizationSteps =
    ListSteps<Step<L2NormalizationRecord, RunL2Normalization<int8_t, L2NormalizationS8>>,
              Step<L2NormalizationRecord, RunL2Normalization<float, L2NormalizationF32>>>();

}  // namespace moonlet
