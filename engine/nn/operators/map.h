// engine/nn/operators/map.h - what operators that take each element of one tensor by itself
// have in common: their checks and their steps.
#pragma once
#include <type_traits>

#include "engine/kernels/byte_table.h"
#include "engine/nn/checks.h"
#include "engine/nn/prepare.h"

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

template <typename Params>
void FillMap(const Node& node, const Params& p, const StepWriter& writer, MapRecord<Params>* r) {
  r->p = p;
  r->elements = static_cast<uint32_t>(node.output(0).elements());
  r->input = writer.At(node.input(0));
  r->output = writer.At(node.output(0));
}

// Writes the step of kKernel on arrays of T. Requires what CheckMap checks.
template <typename T, auto kKernel, typename Params>
void WriteMap(const Node& node, const Params& p, StepWriter& writer) {
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<MapRecord<Params>>(RunMap<T, kKernel, Params>);
  if (r != nullptr) FillMap(node, p, writer, r);
}

// The step of an int8 function.
void WriteByteTable(const Node& node, const ByteTable& table, StepWriter& writer);

}  // namespace moonlet
