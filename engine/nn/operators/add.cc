// ADD and SUB: two inputs, broadcast against each other.
#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::BuiltinOperator;
using tflite::TensorType;

template <typename Params>
struct AddRecord {
  Params p;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

template <typename T, typename Params, auto kKernel>
bool RunAdd(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddRecord<Params>*>(record);
  return kKernel(r->p, r->pair, run.Read<T>(r->a), run.Read<T>(r->b), run.Write<T>(r->output),
                 run.stop);
}

bool IsAdd(const Node& node) { return node.code() == BuiltinOperator::ADD; }

Status FusedActivation(const Node& node, Activation* activation) {
  const tflite::AddOptions* add = node.table().builtin_options_as_AddOptions();
  const tflite::SubOptions* sub = node.table().builtin_options_as_SubOptions();
  if (IsAdd(node) ? add == nullptr : sub == nullptr) return MissingOptions();
  return CheckActivation(
      IsAdd(node) ? add->fused_activation_function() : sub->fused_activation_function(),
      activation);
}

struct AddS32Record {
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

bool RunAddS32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddS32Record*>(record);
  return AddS32(r->pair, run.Read<int32_t>(r->a), run.Read<int32_t>(r->b),
                run.Write<int32_t>(r->output), run.stop);
}

Status CheckAdd(const Node& node, TensorType type, BroadcastPair* pair, Activation* activation) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  Status s = FusedActivation(node, activation);
  if (s.ok()) s = CheckType("second input", b, type);
  if (s.ok()) s = CheckAligned("first input", a);
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

// The output may take the memory of one input that is not repeated.
void ShareWithInput(const Node& node, StepWriter& writer) {
  const ModelTensor output = node.output(0);
  if (!writer.Share(node.input(0), output, Sharing::kOverwrite))
    writer.Share(node.input(1), output, Sharing::kOverwrite);
}

template <typename Params>
Status WriteAdd(const Node& node, const Params& p, const BroadcastPair& pair, RunStep run,
                StepWriter& writer) {
  ShareWithInput(node, writer);
  auto* r = writer.Add<AddRecord<Params>>(run);
  if (r == nullptr) return Status();
  *r = {p, pair, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
  return Status();
}

}  // namespace

Status PrepareAddS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  AddS8Params p;
  Status s = CheckAdd(node, TensorType::INT8, &pair, &activation);
  if (s.ok()) s = CheckOutputS8(node.output(0), activation, &p.output);
  if (s.ok()) s = CheckScales(node, kAddHeadRoomS8, &p);
  if (!s.ok()) return s;
  return WriteAdd(
      node, p, pair,
      IsAdd(node) ? RunAdd<int8_t, AddS8Params, AddS8> : RunAdd<int8_t, AddS8Params, SubS8>,
      writer);
}

Status PrepareAddS16(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  AddS16Params p;
  Status s = CheckAdd(node, TensorType::INT16, &pair, &activation);
  if (s.ok()) s = CheckOutputS16(node.output(0), activation, &p.output);
  if (s.ok()) s = CheckScales(node, kAddHeadRoomS16, &p);
  if (!s.ok()) return s;
  return WriteAdd(
      node, p, pair,
      IsAdd(node) ? RunAdd<int16_t, AddS16Params, AddS16> : RunAdd<int16_t, AddS16Params, SubS16>,
      writer);
}

Status PrepareAddF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  if (Status s = CheckAdd(node, TensorType::FLOAT32, &pair, &activation); !s.ok()) return s;
  return WriteAdd(node, MakeRangeF32(activation), pair,
                  IsAdd(node) ? RunAdd<float, RangeF32, AddF32> : RunAdd<float, RangeF32, SubF32>,
                  writer);
}

// The activation is checked and not applied, as in the reference.
Status PrepareAddS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckAdd(node, TensorType::INT32, &pair, &activation);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (!s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<AddS32Record>(RunAddS32);
  if (r == nullptr) return s;
  *r = {pair, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
  return s;
}

}  // namespace moonlet
