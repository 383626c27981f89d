// PRELU: input and alpha, broadcast against each other; alpha of a quantised input is int8.
#include "engine/kernels/prelu.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

template <typename T>
bool RunPrelu(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PairRecord<PreluParams>*>(record);
  return Prelu<T>(r->p, r->pair, run.Read<T>(r->a), run.Read<int8_t>(r->b), run.Write<T>(r->output),
                  run.stop);
}

Status CheckPreluScales(const Node& node, PreluParams* p) {
  const ModelTensor input = node.input(0);
  const ModelTensor alpha = node.input(1);
  const ModelTensor output = node.output(0);
  Status s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("alpha", alpha);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  if (!MakePreluScales(input.scale(), alpha.scale(), output.scale(), p))
    return Status::Invalid("scales %g * %g / %g are out of range",
                           static_cast<double>(input.scale()), static_cast<double>(alpha.scale()),
                           static_cast<double>(output.scale()));
  p->input_zero = static_cast<int16_t>(input.zero_point());
  p->alpha_zero = static_cast<int16_t>(alpha.zero_point());
  p->output_zero = static_cast<int16_t>(output.zero_point());
  return s;
}

}  // namespace

Status PreparePrelu(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  PreluParams p;
  Status s = CheckPairShapes(node, &pair);
  if (s.ok()) s = CheckType("alpha", node.input(1), TensorType::INT8);
  if (s.ok()) s = CheckPreluScales(node, &p);
  if (!s.ok()) return s;
  const bool wide = node.input(0).type() == TensorType::INT16;
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<PairRecord<PreluParams>>(wide ? RunPrelu<int16_t> : RunPrelu<int8_t>);
  if (r != nullptr)
    *r = {p, pair, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
  return s;
}

Status PreparePreluF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  const Status s = CheckPair(node, &pair);
  if (s.ok()) WritePair<float, PreluF32>(node, NoParams(), pair, writer);
  return s;
}

const StepList kPreluSteps = ListSteps<Step<PairRecord<PreluParams>, RunPrelu<int8_t>>,
                                       Step<PairRecord<PreluParams>, RunPrelu<int16_t>>,
                                       PairStep<float, PreluF32, NoParams>>();

}  // namespace moonlet
