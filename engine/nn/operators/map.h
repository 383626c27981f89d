// engine/nn/operators/map.h - what operators that take each element of one tensor by itself
// have in common: their checks and their steps.
#pragma once
#include <type_traits>

#include "engine/kernels/byte_table.h"
#include "engine/nn/checks.h"
#include "engine/nn/prepare.h"
#include "engine/nn/step_list.h"

namespace moonlet {

// One input and an output of its type and shape; a constant aligned.
Status CheckMap(const Node& node);
// The same of quantised tensors.
Status CheckQuantizedMap(const Node& node);
// For operators whose output has one scale and zero point only: `expected` says which.
Status CheckFixedScale(const ModelTensor& output, float scale, int32_t zero, const char* expected);

template <typename Params>
struct MapRecord {
  [[no_unique_address]] Params p;
  uint32_t elements;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunMap(const void* record, const RunContext& run) {
  const auto* r = static_cast<const MapRecord<Params>*>(record);
  const T* input = run.Read<T>(r->input);
  T* output = run.Write<T>(r->output);
  if constexpr (std::is_same_v<Params, NoParams>) {
    return kKernel(input, r->elements, output, run.stop);
  } else {
    return kKernel(r->p, input, r->elements, output, run.stop);
  }
}

template <typename T, auto kKernel, typename Params = NoParams>
using MapStep = Step<MapRecord<Params>, RunMap<T, kKernel, Params>>;

template <typename Params>
void WriteMapStep(RunStep run, const Node& node, const Params& p, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<MapRecord<Params>>(run);
  if (r == nullptr) return;
  r->p = p;
  r->elements = static_cast<uint32_t>(output.elements());
  r->input = writer.At(input);
  r->output = writer.At(output);
}

// Writes the step of kKernel on arrays of T. Requires what CheckMap checks.
template <typename T, auto kKernel, typename Params>
void WriteMap(const Node& node, const Params& p, StepWriter& writer) {
  WriteMapStep(RunMap<T, kKernel, Params>, node, p, writer);
}

// Whether an operator from int8 to int8 that has steps of another kind is asked for its table all
// the same, since it may be part of a chain of them (rewrite_fusions.cc).
bool WantsTable(const Node& node, const StepWriter& writer);

// The step of an int8 function.
void WriteByteTable(const Node& node, const ByteTable& table, StepWriter& writer);

}  // namespace moonlet
