// ADD and SUB: two inputs, broadcast against each other.
#include "engine/kernels/add.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::BuiltinOperator;

bool IsAdd(const Node& node) { return node.code() == BuiltinOperator::ADD; }

Status FusedActivation(const Node& node, Activation* activation) {
  const tflite::AddOptions* add = node.table().builtin_options_as_AddOptions();
  const tflite::SubOptions* sub = node.table().builtin_options_as_SubOptions();
  if (IsAdd(node) ? add == nullptr : sub == nullptr) return MissingOptions();
  return CheckActivation(
      IsAdd(node) ? add->fused_activation_function() : sub->fused_activation_function(),
      activation);
}

Status CheckAdd(const Node& node, BroadcastPair* pair, Activation* activation) {
  if (Status s = CheckPair(node, pair); !s.ok()) return s;
  return FusedActivation(node, activation);
}

// What the quantised types check alike besides; gives scales and zero points.
template <typename Output>
Status CheckScales(const Node& node, int head_room, AddParams<Output>* p) {
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  const ModelTensor output = node.output(0);
  Status s = CheckQuantized("first input", a);
  if (s.ok()) s = CheckQuantized("second input", b);
  if (!s.ok()) return s;
  const auto make = IsAdd(node) ? MakeAddScales : MakeSubScales;
  if (!make(a.scale(), b.scale(), output.scale(), head_room, &p->scales))
    return Status::Invalid("scales %g and %g do not go with the output's %g",
                           static_cast<double>(a.scale()), static_cast<double>(b.scale()),
                           static_cast<double>(output.scale()));
  p->zero_a = static_cast<int16_t>(a.zero_point());
  p->zero_b = static_cast<int16_t>(b.zero_point());
  return s;
}

// One kernel for ADD, the other for SUB.
template <typename T, auto kAdd, auto kSub, typename Params>
void WriteAdd(const Node& node, const Params& p, const BroadcastPair& pair, StepWriter& writer) {
  if (IsAdd(node)) {
    WritePair<T, kAdd>(node, p, pair, writer);
  } else {
    WritePair<T, kSub>(node, p, pair, writer);
  }
}

}  // namespace

Status PrepareAddS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  AddS8Params p;
  Status s = CheckAdd(node, &pair, &activation);
  if (s.ok()) s = CheckOutputS8(node, activation, &p.output);
  if (s.ok()) s = CheckScales(node, kAddHeadRoomS8, &p);
  if (s.ok()) WriteAdd<int8_t, AddS8, SubS8>(node, p, pair, writer);
  return s;
}

Status PrepareAddS16(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  AddS16Params p;
  Status s = CheckAdd(node, &pair, &activation);
  if (s.ok()) s = CheckOutputS16(node, activation, &p.output);
  if (s.ok()) s = CheckScales(node, kAddHeadRoomS16, &p);
  if (s.ok()) WriteAdd<int16_t, AddS16, SubS16>(node, p, pair, writer);
  return s;
}

Status PrepareAddF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckAdd(node, &pair, &activation);
  if (s.ok()) WriteAdd<float, AddF32, SubF32>(node, MakeRangeF32(activation), pair, writer);
  return s;
}

// ADD's activation is checked and not applied, as in the reference; SUB's is.
Status PrepareAddS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckAdd(node, &pair, &activation);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (!s.ok()) return s;
  if (IsAdd(node)) {
    WritePair<int32_t, AddS32>(node, NoParams(), pair, writer);
  } else {
    WritePair<int32_t, SubS32>(node, MakeRangeS32(activation), pair, writer);
  }
  return s;
}

const StepList kAddSteps =
    ListSteps<PairStep<int8_t, AddS8, AddParams<OutputS8>>,
              PairStep<int8_t, SubS8, AddParams<OutputS8>>,
              PairStep<int16_t, AddS16, AddParams<OutputS16>>,
              PairStep<int16_t, SubS16, AddParams<OutputS16>>, PairStep<int32_t, AddS32, NoParams>,
              PairStep<int32_t, SubS32, RangeS32>, PairStep<float, AddF32, RangeF32>,
              PairStep<float, SubF32, RangeF32>>();

}  // namespace moonlet
