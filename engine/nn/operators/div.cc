// DIV: two inputs, broadcast against each other.
#include "engine/kernels/div.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

Status CheckDiv(const Node& node, BroadcastPair* pair, Activation* activation) {
  const tflite::DivOptions* options = node.table().builtin_options_as_DivOptions();
  if (options == nullptr) return MissingOptions();
  if (Status s = CheckPair(node, pair); !s.ok()) return s;
  return CheckActivation(options->fused_activation_function(), activation);
}

}  // namespace

Status PrepareDivS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  DivS8Params p;
  Status s = CheckDiv(node, &pair, &activation);
  if (s.ok()) s = CheckOutputS8(node.output(0), activation, &p.output);
  if (s.ok()) s = MakePairFactor(node, MakeDivScale, &p.scale);
  if (!s.ok()) return s;
  p.zero_a = static_cast<int16_t>(node.input(0).zero_point());
  p.zero_b = static_cast<int16_t>(node.input(1).zero_point());
  WritePair<int8_t, DivS8>(node, p, pair, writer);
  return s;
}

Status PrepareDivS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckDiv(node, &pair, &activation);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (s.ok()) WritePair<int32_t, DivS32>(node, MakeRangeS32(activation), pair, writer);
  return s;
}

Status PrepareDivF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckDiv(node, &pair, &activation);
  if (s.ok()) WritePair<float, DivF32>(node, MakeRangeF32(activation), pair, writer);
  return s;
}

const StepList kDivSteps =
    ListSteps<PairStep<int8_t, DivS8, DivS8Params>, PairStep<int32_t, DivS32, RangeS32>,
              PairStep<float, DivF32, RangeF32>>();

}  // namespace moonlet
