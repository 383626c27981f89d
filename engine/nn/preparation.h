// engine/nn/preparation.h - the way from a verified model to sizes: lifetimes of all
// tensors, every operator measured, the memory planned. Session and Analyze share it, and
// each subgraph that an operator calls has its own (subgraph.h).
#pragma once
#include <cstdint>

#include "engine/nn/model.h"
#include "engine/nn/plan.h"
#include "engine/nn/prepare.h"

namespace moonlet {

class Preparation {
 public:
  // Of the main graph.
  Preparation(const Model& model, Allocator& allocator, Backends backends);
  // Of a graph that is called.
  Preparation(const Model& model, const tflite::SubGraph& graph, Nesting& nesting);
  Preparation(const Preparation&) = delete;

  // Asks of every operator of a called graph whether it can be prepared; plans nothing.
  Status Ask();
  // Enters every tensor of the graph into the plan, with its size and lifetime.
  // kUnsupported when the graph is too large for the plan.
  Status PlanTensors();
  // Measures every operator. With null `refused` the first one that cannot run is the
  // result; otherwise they are counted.
  Status Measure(int* refused);
  // Writes the measured steps to `memory`, of step_bytes(). kChanged when the file is
  // not what was measured.
  Status Write(std::span<uint8_t> memory);
  // Where a step finds a tensor. After Measure.
  Operand At(const ModelTensor& tensor);

  MemoryPlan& plan() { return plan_; }
  const MemoryPlan& plan() const { return plan_; }
  // The plan's block in which operator `op` keeps its state, or -1. After Measure.
  int StateBlock(int op) const { return plan_.resting(tensors_ + op) ? tensors_ + op : -1; }
  // When operator `op` runs, in the plan's time.
  static int TimeOf(int op) { return op + 1; }
  size_t step_bytes() const { return step_bytes_; }

 private:
  Status Enter();
  Status CheckVariables() const;
  Status PrepareEach(StepWriter& writer, int* refused);
  void Produce(int tensor, int time, bool resting);
  void Use(int tensor, int time);

  const Model& model_;
  const tflite::SubGraph& graph_;
  bool called_;
  Nesting own_;
  Nesting& nesting_;  // own_, or the caller's
  MemoryPlan plan_;
  int tensors_ = 0;
  int operators_ = 0;
  size_t step_bytes_ = 0;
};

}  // namespace moonlet
