// engine/nn/subgraph.h - a subgraph that an operator calls: planned on its own, with its
// arena in the scratch of the caller, so that nothing in it lasts longer than the call.
//
// At load, in the caller's Prepare:
//   Subgraph body(node, index, writer);
//   ... body.CheckInput(k, node.input(k)) ...
//   if (s.ok()) s = body.Measure();
//   Operand memory = writer.Scratch(body.arena_bytes());
//   auto* r = writer.Add<MyRecord>(Run, body.record_bytes());
//   if (r != nullptr) s = body.Write(&record);   // then the ports' outside operands
// In a run: CallSubgraph(record, memory, run).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/nn/preparation.h"
#include "engine/nn/step.h"

namespace moonlet {

// A tensor of the subgraph and what it is copied from or to. A subgraph reads and writes
// its caller's tensors at no other time.
struct SubgraphPort {
  Operand inside;
  Operand outside;
  uint32_t bytes;
};

// What is left of a subgraph. Its ports, inputs first, and its steps follow.
struct alignas(8) SubgraphRecord {
  uint32_t inputs;
  uint32_t outputs;
  uint32_t steps;
  uint32_t bytes;  // of everything, a multiple of 8

  SubgraphPort* ports() { return reinterpret_cast<SubgraphPort*>(this + 1); }
  const SubgraphPort* ports() const { return reinterpret_cast<const SubgraphPort*>(this + 1); }
};

// False as a RunStep.
bool CallSubgraph(const SubgraphRecord& record, Operand memory, const RunContext& caller);

// The index of another subgraph than the main one.
Status CheckSubgraphIndex(const Model& model, int32_t index);

class Subgraph {
 public:
  // Requires CheckSubgraphIndex. `writer` is that of the caller.
  Subgraph(const Model& model, int32_t index, const StepWriter& writer);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  ModelTensor InputTensor(int k) const;
  ModelTensor OutputTensor(int k) const;
  // That a tensor of the caller is like input or output k.
  Status CheckInput(int k, const ModelTensor& outside) const;
  Status CheckOutput(int k, const ModelTensor& outside) const;

  // Checks every operator, and plans and measures all unless the caller only asks.
  Status Measure();
  uint32_t arena_bytes() const;
  size_t record_bytes() const;
  // Fills record_bytes() but for the outside of the ports. After Measure.
  Status Write(SubgraphRecord* record);

 private:
  Status CheckLike(const char* role, int k, const ModelTensor& inside,
                   const ModelTensor& outside) const;
  Status CheckOperators();
  size_t StepsAt() const;

  const Model& model_;
  const tflite::SubGraph& graph_;
  int32_t index_;
  int inputs_;
  int outputs_;
  bool planned_;
  Preparation preparation_;
};

}  // namespace moonlet
