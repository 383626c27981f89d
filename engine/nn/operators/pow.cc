// POW: base and exponent, broadcast against each other.
#include "engine/kernels/pow.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {

Status PreparePowS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Status s = CheckPair(node, &pair);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (s.ok()) WritePair<int32_t, PowS32>(node, NoParams(), pair, writer);
  return s;
}

Status PreparePowF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  const Status s = CheckPair(node, &pair);
  if (s.ok()) WritePair<float, PowF32>(node, NoParams(), pair, writer);
  return s;
}

const StepList kPowSteps =
    ListSteps<PairStep<int32_t, PowS32, NoParams>, PairStep<float, PowF32, NoParams>>();

}  // namespace moonlet
