// SQUARED_DIFFERENCE: two inputs, broadcast against each other.
#include "engine/kernels/squared_difference.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

Status CheckSquaredDifference(const Node& node, int head_room, BroadcastPair* pair,
                              SquaredDifferenceParams* p) {
  const ModelTensor output = node.output(0);
  Status s = CheckPair(node, pair);
  if (s.ok()) s = CheckQuantized("first input", node.input(0));
  if (s.ok()) s = CheckQuantized("second input", node.input(1));
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  if (!MakeSquaredDifferenceScales(a.scale(), b.scale(), output.scale(), head_room, p))
    return Status::Invalid("scales %g and %g do not go with the output's %g",
                           static_cast<double>(a.scale()), static_cast<double>(b.scale()),
                           static_cast<double>(output.scale()));
  p->zero_a = static_cast<int16_t>(a.zero_point());
  p->zero_b = static_cast<int16_t>(b.zero_point());
  p->zero_output = static_cast<int16_t>(output.zero_point());
  return s;
}

}  // namespace

Status PrepareSquaredDifferenceS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  SquaredDifferenceParams p;
  const Status s = CheckSquaredDifference(node, kSquaredDifferenceHeadRoomS8, &pair, &p);
  if (s.ok()) WritePair<int8_t, SquaredDifferenceS8>(node, p, pair, writer);
  return s;
}

Status PrepareSquaredDifferenceS16(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  SquaredDifferenceParams p;
  Status s = CheckSquaredDifference(node, kSquaredDifferenceHeadRoomS16, &pair, &p);
  if (s.ok()) s = CheckSymmetric("first input", node.input(0));
  if (s.ok()) s = CheckSymmetric("second input", node.input(1));
  if (s.ok()) s = CheckSymmetric("output", node.output(0));
  if (s.ok()) WritePair<int16_t, SquaredDifferenceS16>(node, p, pair, writer);
  return s;
}

Status PrepareSquaredDifferenceS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Status s = CheckPair(node, &pair);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (s.ok()) WritePair<int32_t, SquaredDifferenceS32>(node, NoParams(), pair, writer);
  return s;
}

Status PrepareSquaredDifferenceF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  const Status s = CheckPair(node, &pair);
  if (s.ok()) WritePair<float, SquaredDifferenceF32>(node, NoParams(), pair, writer);
  return s;
}

const StepList kSquaredDifferenceSteps =
    ListSteps<PairStep<int8_t, SquaredDifferenceS8, SquaredDifferenceParams>,
              PairStep<int16_t, SquaredDifferenceS16, SquaredDifferenceParams>,
              PairStep<int32_t, SquaredDifferenceS32, NoParams>,
              PairStep<float, SquaredDifferenceF32, NoParams>>();

}  // namespace moonlet
