// ADD: two inputs, broadcast against each other.
#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct AddS8Record {
  AddS8Params p;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

bool RunAddS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddS8Record*>(record);
  return AddS8(r->p, r->pair, run.Read<int8_t>(r->a), run.Read<int8_t>(r->b),
               run.Write<int8_t>(r->output), run.stop);
}

struct AddF32Record {
  RangeF32 range;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

bool RunAddF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddF32Record*>(record);
  return AddF32(r->range, r->pair, run.Read<float>(r->a), run.Read<float>(r->b),
                run.Write<float>(r->output), run.stop);
}

Status CheckAdd(const Node& node, TensorType type, BroadcastPair* pair, Activation* activation) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const tflite::AddOptions* options = node.table().builtin_options_as_AddOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  Status s = CheckType("second input", b, type);
  if (s.ok()) s = CheckAligned("first input", a);
  if (s.ok()) s = CheckAligned("second input", b);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), activation);
  if (!s.ok()) return s;
  static_assert(BroadcastPair::kMaxRank >= kMaxModelRank);
  int32_t joint[kMaxModelRank];
  if (!MakeBroadcastPair(a.shape(), b.shape(), pair, joint))
    return Status::Invalid("inputs of shapes %s and %s do not fit each other",
                           DimsText(a.shape()).text, DimsText(b.shape()).text);
  const auto rank = static_cast<size_t>(std::max(a.rank(), b.rank()));
  return CheckShape("output", node.output(0), std::span(joint, rank));
}

// The output may take the memory of one input that is not repeated.
void ShareWithInput(const Node& node, StepWriter& writer) {
  const ModelTensor output = node.output(0);
  if (!writer.Share(node.input(0), output, Sharing::kOverwrite))
    writer.Share(node.input(1), output, Sharing::kOverwrite);
}

}  // namespace

Status PrepareAddS8(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  AddS8Params p;
  Status s = CheckAdd(node, TensorType::INT8, &pair, &activation);
  if (s.ok()) s = CheckQuantized("first input", node.input(0));
  if (s.ok()) s = CheckQuantized("second input", node.input(1));
  if (s.ok()) s = CheckOutputS8(node.output(0), activation, &p.output);
  if (!s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  const ModelTensor output = node.output(0);
  if (!MakeAddScales(a.scale(), b.scale(), output.scale(), &p))
    return Status::Invalid("scales %g and %g do not go with the output's %g",
                           static_cast<double>(a.scale()), static_cast<double>(b.scale()),
                           static_cast<double>(output.scale()));
  p.zero_a = static_cast<int16_t>(a.zero_point());
  p.zero_b = static_cast<int16_t>(b.zero_point());
  ShareWithInput(node, writer);
  auto* r = writer.Add<AddS8Record>(RunAddS8);
  if (r == nullptr) return s;
  *r = {p, pair, writer.At(a), writer.At(b), writer.At(output)};
  return s;
}

Status PrepareAddF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  if (Status s = CheckAdd(node, TensorType::FLOAT32, &pair, &activation); !s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<AddF32Record>(RunAddF32);
  if (r == nullptr) return Status();
  *r = {MakeRangeF32(activation), pair, writer.At(node.input(0)), writer.At(node.input(1)),
        writer.At(node.output(0))};
  return Status();
}

}  // namespace moonlet
