// engine/nn/operators/pair.h - what operators on two tensors that broadcast have in common:
// their checks and their steps.
#pragma once
#include <type_traits>

#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"
#include "engine/nn/checks.h"
#include "engine/nn/prepare.h"
#include "engine/nn/step_list.h"

namespace moonlet {

// Two inputs that fit each other, and an output of their joint shape; constants aligned.
Status CheckPairShapes(const Node& node, BroadcastPair* pair);
// The same of inputs that have one type.
Status CheckPair(const Node& node, BroadcastPair* pair);
// The factor to the output's steps from the scales of two quantised inputs; the refusal
// names all three.
using MakePairScale = bool (*)(float a, float b, float output, Multiplier* scale);
Status MakePairFactor(const Node& node, MakePairScale make, Multiplier* scale);
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

template <typename T, auto kKernel, typename Params, typename Out>
bool RunPair(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PairRecord<Params>*>(record);
  const T* a = run.Read<T>(r->a);
  const T* b = run.Read<T>(r->b);
  Out* output = run.Write<Out>(r->output);
  if constexpr (std::is_same_v<Params, NoParams>) {
    return kKernel(r->pair, a, b, output, run.stop);
  } else {
    return kKernel(r->p, r->pair, a, b, output, run.stop);
  }
}

template <typename T, auto kKernel, typename Params = NoParams, typename Out = T>
using PairStep = Step<PairRecord<Params>, RunPair<T, kKernel, Params, Out>>;

template <typename Params>
void WritePairStep(RunStep run, bool in_place, const Node& node, const Params& p,
                   const BroadcastPair& pair, StepWriter& writer) {
  if (in_place) ShareWithInput(node, writer);
  auto* r = writer.Add<PairRecord<Params>>(run);
  if (r == nullptr) return;
  *r = {p, pair, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
}

// Writes the step of kKernel from arrays of T to one of Out. Requires what CheckPair checks.
template <typename T, auto kKernel, typename Out = T, typename Params>
void WritePair(const Node& node, const Params& p, const BroadcastPair& pair, StepWriter& writer) {
  // Memory is not read as one type and written as another, but for bytes.
  constexpr bool kInPlace = std::is_same_v<T, Out> || (sizeof(T) == 1 && sizeof(Out) == 1);
  WritePairStep(RunPair<T, kKernel, Params, Out>, kInPlace, node, p, pair, writer);
}

}  // namespace moonlet
