// engine/nn/prepare.h - from an operator in the file to a step that runs: the writer
// that a backend's Prepare fills, and the interface of a backend.
//
// Prepare checks everything its kernel trusts and copies everything that steers it. Each
// operator is prepared twice, the same way: first to measure, then, once the memory is
// planned and allocated, to write.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/nn/plan.h"
#include "engine/nn/session.h"
#include "engine/nn/step.h"

namespace moonlet {

// How an operator treats the memory it shares with its input.
enum class Sharing : uint8_t {
  kSame,      // the bytes stay as they are: RESHAPE
  kOverwrite  // each element is read before it is written: only where the input ends
};

// What an operator needs that calls other subgraphs (subgraph.h): who prepares those, where
// the memory to plan them in comes from, and what a model may ask for at most.
struct Nesting {
  static constexpr int kMaxDepth = 4;
  static constexpr int32_t kMaxBlocks = 1 << 14;

  Allocator& allocator;
  Backends backends;
  int depth = 0;                // of the calls that are being prepared
  int32_t blocks = kMaxBlocks;  // tensors and operators that calls may still add up to
};

class StepWriter {
 public:
  // Measures. Block t of `plan` is tensor t, block tensors + i the scratch of operator
  // i; a null plan asks only whether the operator can be prepared.
  StepWriter(std::span<const uint8_t> file, MemoryPlan* plan, int tensors, Nesting& nesting)
      : file_(file), plan_(plan), tensors_(tensors), nesting_(nesting) {}
  // Writes to `memory`. Requires that everything was measured and the plan computed.
  StepWriter(std::span<const uint8_t> file, MemoryPlan* plan, int tensors, Nesting& nesting,
             std::span<uint8_t> memory)
      : file_(file),
        plan_(plan),
        tensors_(tensors),
        nesting_(nesting),
        memory_(memory),
        writing_(true) {}

  void Begin(int op) { op_ = op; }
  size_t bytes() const { return used_; }
  // The file asked for more than was measured: it changed meanwhile.
  bool overrun() const { return overrun_; }
  // False when it only asks.
  bool plans() const { return plan_ != nullptr; }
  Nesting& nesting() const { return nesting_; }
  // An operator has asked for State.
  bool stateful() const { return stateful_; }

  // The next step: its function and a zeroed Record with `extra` bytes behind it. Null
  // when there is nothing to write. Exactly one per operator.
  template <typename Record>
  Record* Add(RunStep run, size_t extra = 0) {
    static_assert(std::is_trivially_copyable_v<Record> && alignof(Record) <= alignof(StepRecord));
    void* memory = Append(run, sizeof(Record) + extra);
    return memory == nullptr ? nullptr : new (memory) Record{};
  }

  // Where the step finds a tensor.
  Operand At(const ModelTensor& tensor) const;
  // `bytes` of scratch while the step runs. At most once per operator, and no State.
  Operand Scratch(uint32_t bytes);
  // `bytes` that keep their content from run to run and start, also after a Reset, at 0.
  // At most once per operator, and no Scratch.
  Operand State(uint32_t bytes);
  // Lets an output take the memory of an input, where lives and sizes allow it. True when
  // it does, which is known while measuring only.
  bool Share(const ModelTensor& input, const ModelTensor& output, Sharing sharing);
  // Nothing else takes the memory of a model output, so that it keeps its value in a run
  // that ends before the output is written again.
  void Keep(const ModelTensor& output);

 private:
  void* Append(RunStep run, size_t record_bytes);

  std::span<const uint8_t> file_;
  MemoryPlan* plan_;
  int tensors_;
  Nesting& nesting_;
  std::span<uint8_t> memory_ = {};
  bool writing_ = false;
  bool overrun_ = false;
  bool stateful_ = false;
  int op_ = 0;
  size_t used_ = 0;
};

// Who runs operators. The CPU is one, an NPU another.
class Backend {
 public:
  virtual const char* name() const = 0;
  // Ok, or kUnsupported with the reason why not this operator with these types.
  virtual Status Takes(const Node& node) const = 0;
  // Checks and writes one step. Requires that it takes the operator.
  virtual Status Prepare(const Node& node, StepWriter& writer) const = 0;

 protected:
  ~Backend() = default;
};

// Refuses what no backend of ours can have: operands that are not arrays of bytes in
// order, but for the handles of those operators that take them.
Status CheckTensors(const Node& node);

// The refusal with the operator's number and name in front.
Status OfOperator(const Node& node, const Status& refusal);

// Has the first backend that takes the operator prepare it. The message names the
// operator.
Status PrepareOperator(const Node& node, Backends backends, StepWriter& writer);
// The same of an operator in a subgraph that another one calls: none that keeps something
// from run to run.
Status PrepareCalledOperator(const Node& node, Backends backends, StepWriter& writer);

}  // namespace moonlet
