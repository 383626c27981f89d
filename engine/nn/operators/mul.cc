// MUL: two inputs, broadcast against each other.
#include "engine/kernels/mul.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

Status CheckMul(const Node& node, BroadcastPair* pair, Activation* activation) {
  if (Status s = CheckPair(node, pair); !s.ok()) return s;
  const tflite::MulOptions* options = node.table().builtin_options_as_MulOptions();
  if (options == nullptr) return MissingOptions();
  return CheckActivation(options->fused_activation_function(), activation);
}

}  // namespace

Status PrepareMulS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  MulS8Params p;
  Status s = CheckMul(node, &pair, &activation);
  if (s.ok()) s = CheckOutputS8(node, activation, &p.output);
  if (s.ok()) s = MakePairFactor(node, MakeMulScale, &p.scale);
  if (!s.ok()) return s;
  p.zero_a = static_cast<int16_t>(node.input(0).zero_point());
  p.zero_b = static_cast<int16_t>(node.input(1).zero_point());
  WritePair<int8_t, MulS8>(node, p, pair, writer);
  return s;
}

Status PrepareMulS16(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  MulS16Params p;
  Status s = CheckMul(node, &pair, &activation);
  if (s.ok()) s = CheckOutputS16(node, activation, &p.output);
  if (s.ok()) s = MakePairFactor(node, MakeMulScale, &p.scale);
  if (s.ok()) s = CheckSymmetric("first input", node.input(0));
  if (s.ok()) s = CheckSymmetric("second input", node.input(1));
  if (s.ok()) s = CheckSymmetric("output", node.output(0));
  if (!s.ok()) return s;
  WritePair<int16_t, MulS16>(node, p, pair, writer);
  return s;
}

Status PrepareMulS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  if (Status s = CheckMul(node, &pair, &activation); !s.ok()) return s;
  WritePair<int32_t, MulS32>(node, MakeRangeS32(activation), pair, writer);
  return Status();
}

Status PrepareMulF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  if (Status s = CheckMul(node, &pair, &activation); !s.ok()) return s;
  WritePair<float, MulF32>(node, MakeRangeF32(activation), pair, writer);
  return Status();
}

const StepList kMulSteps =
    ListSteps<PairStep<int8_t, MulS8, MulS8Params>, PairStep<int16_t, MulS16, MulS16Params>,
              PairStep<int32_t, MulS32, RangeS32>, PairStep<float, MulF32, RangeF32>>();

}  // namespace moonlet
