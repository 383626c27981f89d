#include "engine/nn/operators/pair.h"

#include <algorithm>

#include "engine/nn/analyze.h"

namespace moonlet {

Status CheckPairShapes(const Node& node, BroadcastPair* pair) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  Status s = CheckAligned("first input", a);
  if (s.ok()) s = CheckAligned("second input", b);
  if (!s.ok()) return s;
  static_assert(BroadcastPair::kMaxRank >= kMaxModelRank);
  int32_t joint[kMaxModelRank];
  if (!MakeBroadcastPair(a.shape(), b.shape(), pair, joint))
    return Status::Invalid("inputs of shapes %s and %s do not fit each other",
                           DimsText(a.shape()).text, DimsText(b.shape()).text);
  const auto rank = static_cast<size_t>(std::max(a.rank(), b.rank()));
  return CheckShape("output", node.output(0), std::span(joint, rank));
}

Status CheckPair(const Node& node, BroadcastPair* pair) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  if (Status s = CheckType("second input", node.input(1), node.input(0).type()); !s.ok()) return s;
  return CheckPairShapes(node, pair);
}

Status MakePairFactor(const Node& node, MakePairScale make, Multiplier* scale) {
  Status s = CheckQuantized("first input", node.input(0));
  if (s.ok()) s = CheckQuantized("second input", node.input(1));
  if (!s.ok()) return s;
  const float a = node.input(0).scale();
  const float b = node.input(1).scale();
  const float output = node.output(0).scale();
  if (make(a, b, output, scale)) return s;
  return Status::Invalid("scales %g and %g do not go with the output's %g", static_cast<double>(a),
                         static_cast<double>(b), static_cast<double>(output));
}

void ShareWithInput(const Node& node, StepWriter& writer) {
  const ModelTensor output = node.output(0);
  if (!writer.Share(node.input(0), output, Sharing::kOverwrite))
    writer.Share(node.input(1), output, Sharing::kOverwrite);
}

}  // namespace moonlet
