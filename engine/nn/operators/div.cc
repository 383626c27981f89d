// DIV: two inputs, broadcast against each other.
#include "engine/kernels/div.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"

namespace moonlet {
namespace {

struct DivS32Record {
  RangeS32 range;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

bool RunDivS32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DivS32Record*>(record);
  return DivS32(r->range, r->pair, run.Read<int32_t>(r->a), run.Read<int32_t>(r->b),
                run.Write<int32_t>(r->output), run.stop);
}

struct DivF32Record {
  RangeF32 range;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

bool RunDivF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DivF32Record*>(record);
  return DivF32(r->range, r->pair, run.Read<float>(r->a), run.Read<float>(r->b),
                run.Write<float>(r->output), run.stop);
}

Status CheckDiv(const Node& node, BroadcastPair* pair, Activation* activation) {
  const tflite::DivOptions* options = node.table().builtin_options_as_DivOptions();
  if (options == nullptr) return MissingOptions();
  if (Status s = CheckPair(node, pair); !s.ok()) return s;
  return CheckActivation(options->fused_activation_function(), activation);
}

}  // namespace

Status PrepareDivS32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  Status s = CheckDiv(node, &pair, &activation);
  if (s.ok()) s = CheckUnquantized("first input", node.input(0));
  if (s.ok()) s = CheckUnquantized("second input", node.input(1));
  if (!s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<DivS32Record>(RunDivS32);
  if (r == nullptr) return s;
  *r = {MakeRangeS32(activation), pair, writer.At(node.input(0)), writer.At(node.input(1)),
        writer.At(node.output(0))};
  return s;
}

Status PrepareDivF32(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  Activation activation;
  if (Status s = CheckDiv(node, &pair, &activation); !s.ok()) return s;
  ShareWithInput(node, writer);
  auto* r = writer.Add<DivF32Record>(RunDivF32);
  if (r == nullptr) return Status();
  *r = {MakeRangeF32(activation), pair, writer.At(node.input(0)), writer.At(node.input(1)),
        writer.At(node.output(0))};
  return Status();
}

}  // namespace moonlet
