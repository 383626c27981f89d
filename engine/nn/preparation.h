// engine/nn/preparation.h - the way from a verified model to sizes: lifetimes of all
// tensors, every operator measured, the memory planned. Session and Analyze share it, and
// each subgraph that an operator calls has its own (subgraph.h).
#pragma once
#include <cstdint>

#include "engine/nn/model.h"
#include "engine/nn/offline_plan.h"
#include "engine/nn/operator_order.h"
#include "engine/nn/patch_search.h"
#include "engine/nn/plan.h"
#include "engine/nn/prepare.h"
#include "engine/nn/rewrite.h"

namespace moonlet {

class Preparation {
 public:
  // Of the main graph. With `keeps` its steps keep what kernels make of their filters, in
  // prepared_bytes() that are written once; a graph that is called never does.
  Preparation(const Model& model, Allocator& allocator, Backends backends,
              bool keeps = kKeepPrepared, KernelsOf kernels = KernelsOf::kThisMachine);
  // Of a graph that is called.
  Preparation(const Model& model, const tflite::SubGraph& graph, Nesting& nesting);
  Preparation(const Preparation&) = delete;

  // StepWriter::KeepScratchApart for all steps.
  void KeepScratchApart() { scratch_is_apart_ = true; }

  // Asks of every operator of a called graph whether it can be prepared; plans nothing.
  Status Ask();
  // Enters every tensor of the graph into the plan, with its size and lifetime and, where
  // the file tells it, its place.
  // kUnsupported when the graph is too large for the plan.
  Status PlanTensors();
  // Measures every operator. With null `refused` the first one that cannot run is the
  // result; otherwise they are counted.
  Status Measure(int* refused);
  // Writes the measured steps to `memory`, of step_bytes(), and what they keep prepared.
  // kChanged when the file is not what was measured.
  Status Write(std::span<uint8_t> memory, std::span<uint8_t> prepared);
  // Where a step finds a tensor. After Measure.
  Operand At(const ModelTensor& tensor);

  // Has layers run in patches (patches.h) so that the arena and step_bytes() take at most `most`
  // bytes together. Nothing has changed where that cannot be. After Measure, once.
  Status Shrink(size_t most);
  // The layers that do; none have count 0.
  const PatchChain& patches() const { return patches_; }

  MemoryPlan& plan() { return plan_; }
  const MemoryPlan& plan() const { return plan_; }
  // The plan's block in which operator `op` keeps its state, or -1. After Measure.
  int StateBlock(int op) const { return plan_.resting(tensors_ + op) ? tensors_ + op : -1; }
  // The plan's block for what operator `op` has to itself, scratch or state, if any.
  int OwnBlock(int op) const { return tensors_ + op; }
  // What becomes of operator `op` of the main graph. After Measure.
  OperatorFate FateOf(int op) const;
  // The operator with what it does for others.
  Node NodeAt(int op) const;
  // What was computed at load, which steps look for behind the file. After PlanTensors.
  const Constants& constants() const { return rewrite_.constants(); }
  // When operator `op` runs, in the plan's time.
  int TimeOf(int op) const { return order_.PlaceOf(op) + 1; }
  size_t step_bytes() const { return step_bytes_; }
  int steps() const { return steps_; }
  // Gives back all memory but for this object.
  void Free();
  size_t prepared_bytes() const { return prepared_bytes_; }
  // The most that each thread needs in a step that it shares.
  size_t share_scratch() const { return share_scratch_; }
  // Whether the function of every step has a number, so that steps run elsewhere too.
  bool numbered() const { return nesting_.numbered; }

 private:
  Status Enter();
  Status LayTensors();
  Status MeasureOnce(int* refused);
  bool FindLink(int op, PatchCandidate* c) const;
  bool Follows(const PatchCandidate& c, int op) const;
  Status SearchChain(size_t most, PatchChain* chain);
  void LayPatches();
  Status LayWith(const PatchChain& chain);
  size_t bytes() const { return plan_.size() + step_bytes_; }
  bool IsConstant(int tensor) const;
  Status PrepareOne(int op, StepWriter& writer);
  Status CheckVariables() const;
  Status PrepareEach(StepWriter& writer, int* refused);
  void Reserve(int tensor, uint32_t bytes, int first, int last, bool resting);
  void Produce(int tensor, int time, bool resting);
  void Use(int tensor, int time);

  const Model& model_;
  const tflite::SubGraph& graph_;
  bool called_;
  Nesting own_;
  Nesting& nesting_;  // own_, or the caller's
  MemoryPlan plan_;
  OfflinePlan offline_;  // of the main graph
  int tensors_ = 0;
  int operators_ = 0;
  Rewrite rewrite_;      // of the main graph
  OperatorOrder order_;  // of the main graph
  PatchChain patches_;
  size_t step_bytes_ = 0;
  int steps_ = 0;
  size_t prepared_bytes_ = 0;
  size_t share_scratch_ = 0;
  bool keeps_ = false;
  bool scratch_is_apart_ = false;
  KernelsOf kernels_ = KernelsOf::kThisMachine;
};

}  // namespace moonlet
