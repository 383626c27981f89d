// engine/nn/operators/pair.h - what operators on two tensors that broadcast have in common:
// their checks and their steps.
#pragma once
#include <type_traits>

#include "engine/kernels/broadcast_pair.h"
#include "engine/nn/checks.h"
#include "engine/nn/prepare.h"

namespace moonlet {

// Two inputs that fit each other, and an output of their joint shape; constants aligned.
Status CheckPairShapes(const Node& node, BroadcastPair* pair);
// The same of inputs that have one type.
Status CheckPair(const Node& node, BroadcastPair* pair);
// The output may take the memory of one input that is not repeated.
void ShareWithInput(const Node& node, StepWriter& writer);

template <typename Params>
struct PairRecord {
  [[no_unique_address]] Params p;
  BroadcastPair pair;
  Operand a;
  Operand b;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunPair(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PairRecord<Params>*>(record);
  const T* a = run.Read<T>(r->a);
  const T* b = run.Read<T>(r->b);
  T* output = run.Write<T>(r->output);
  if constexpr (std::is_same_v<Params, NoParams>) {
    return kKernel(r->pair, a, b, output, run.stop);
  } else {
    return kKernel(r->p, r->pair, a, b, output, run.stop);
  }
}

// Writes the step of kKernel on arrays of T. Requires what CheckPair checks.
template <typename T, auto kKernel, typename Params>
void WritePair(const Node& node, const Params& p, const BroadcastPair& pair, StepWriter& writer) {
  ShareWithInput(node, writer);
  auto* r = writer.Add<PairRecord<Params>>(RunPair<T, kKernel, Params>);
  if (r == nullptr) return;
  *r = {p, pair, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
}

}  // namespace moonlet
