// engine/nn/prepare.h - from an operator in the file to a step that runs: the writer
// that a backend's Prepare fills, and the interface of a backend.
//
// Prepare checks everything its kernel trusts and copies everything that steers it. Each
// operator is prepared twice, the same way: first to measure, then, once the memory is
// planned and allocated, to write.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/kernels/byte_table.h"
#include "engine/nn/graph.h"
#include "engine/nn/patches.h"
#include "engine/nn/plan.h"
#include "engine/nn/session.h"
#include "engine/nn/step.h"

namespace moonlet {

// How an operator treats the memory it shares with its input.
enum class Sharing : uint8_t {
  kSame,      // the bytes stay as they are: RESHAPE
  kOverwrite  // each element is read before it is written: only where the input ends
};

// Whose kernels steps are prepared for: a host prepares ROM images for a device.
enum class KernelsOf : uint8_t { kThisMachine, kDevice };

// What an operator needs that calls other subgraphs (subgraph.h): who prepares those, where
// the memory to plan them in comes from, and what a model may ask for at most.
struct Nesting {
  static constexpr int kMaxDepth = 4;
  static constexpr int32_t kMaxBlocks = 1 << 14;

  Allocator& allocator;
  Backends backends;
  int depth = 0;                // of the calls that are being prepared
  bool numbered = true;         // no step so far has a function without a number
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
             std::span<uint8_t> memory, std::span<uint8_t> prepared)
      : file_(file),
        plan_(plan),
        tensors_(tensors),
        nesting_(nesting),
        memory_(memory),
        prepared_(prepared),
        writing_(true) {}

  // Has steps keep what their kernels make of filters, in memory of its own; else they make it
  // anew in each run.
  void KeepPrepared(KernelsOf kernels) {
    prepares_ = true;
    kernels_ = kernels;
  }
  bool prepares() const { return prepares_; }
  // Leaves the scratch of kernels that keep something to the session, beside what they keep: what
  // this machine's work in is large, and no part of the model's plan.
  void KeepScratchApart() { scratch_is_apart_ = true; }
  bool scratch_is_apart() const { return scratch_is_apart_; }
  KernelsOf kernels() const { return kernels_; }
  // Where the constants are while it writes; `computed` are those of the nodes.
  void SetComputed(const uint8_t* computed) { computed_ = computed; }
  ConstantMemory constants() const {
    return {file_.data(), static_cast<uint32_t>(file_.size()), computed_};
  }

  // Asks the operator that is prepared next for the table that it is, where its step would look
  // up bytes in one and do nothing else.
  void AskForTable(ByteTable* table) { asked_ = table; }
  bool asks_for_table() const { return asked_ != nullptr; }
  // Answers: the operator writes no step then. Requires asks_for_table.
  void GiveTable(const ByteTable& table) {
    *asked_ = table;
    table_given_ = true;
  }
  bool table_given() const { return table_given_; }

  // When the operator that is prepared next runs, in the plan's time.
  void SetTime(int time) { time_ = time; }
  // `node` is that of the operator which is prepared next, and stays until it is.
  void Begin(const Node& node) {
    node_ = &node;
    op_ = node.index();
    in_place_[0] = in_place_[1] = -1;
    bears_rows_ = false;
  }
  size_t bytes() const { return used_; }
  size_t prepared_bytes() const { return prepared_used_; }
  // The file asked for more than was measured: it changed meanwhile.
  bool overrun() const { return overrun_; }
  // False when it only asks.
  bool plans() const { return plan_ != nullptr; }
  Nesting& nesting() const { return nesting_; }
  // An operator has asked for State.
  bool stateful() const { return stateful_; }

  // The next step: its function and a zeroed Record with `extra` bytes behind it. Null
  // when there is nothing to write. At most one per operator; none where nothing is left to
  // do in a run.
  template <typename Record>
  Record* Add(RunStep run, size_t extra = 0) {
    static_assert(std::is_trivially_copyable_v<Record> && alignof(Record) <= alignof(StepRecord));
    void* memory = Append(run, sizeof(Record) + extra);
    return memory == nullptr ? nullptr : new (memory) Record{};
  }

  // Says that the step can run on some rows of its image (RunContext::rows), whose axis this is.
  void BearRows(const Axis& y) {
    rows_ = y;
    bears_rows_ = true;
  }
  // What the operator that was prepared last has said; null: nothing.
  const Axis* rows() const { return bears_rows_ ? &rows_ : nullptr; }
  // The steps up to EndPatches belong to one that runs them in patches, that of operator `op`.
  void BeginPatches(int op, std::span<const PatchLink> links, int bands);
  void EndPatches();

  // Where the step finds a tensor.
  Operand At(const ModelTensor& tensor) const;
  // Where the file has a filter's scales, one float each.
  Operand AtScales(const ModelTensor& filter) const;
  // Takes `bytes` of prepared memory: a step finds them at RunContext::prepared plus the result.
  uint32_t Prepared(size_t bytes);
  // Where they are to be written now; null while measuring.
  uint8_t* PreparedMemory(uint32_t at, size_t bytes);
  // What each thread that shares a step works in.
  void ShareScratch(size_t bytes) { share_scratch_ = std::max(share_scratch_, bytes); }
  size_t share_scratch() const { return share_scratch_; }
  // `bytes` of scratch while the step runs. At most once per operator, and no State.
  Operand Scratch(uint32_t bytes);
  // `bytes` that keep their content from run to run and start, also after a Reset, at 0.
  // At most once per operator, and no Scratch.
  Operand State(uint32_t bytes);
  // Lets an output take the memory of an input, where lives and sizes allow it. True when
  // it does, which is known while measuring only.
  bool Share(const ModelTensor& input, const ModelTensor& output, Sharing sharing);
  // Lets an output be its input, the same bytes. True where it is: no step has to copy it.
  bool Alias(const ModelTensor& input, const ModelTensor& output);
  // Lets an input be a part of the output, or an output a part of the input, from that byte
  // on. True where it is: no step has to copy it.
  bool AliasPart(const ModelTensor& whole, const ModelTensor& part, int64_t offset);
  // Gives a tensor memory of its own though the file tells where it lies.
  void Separate(const ModelTensor& tensor);
  // Whether the file lays two tensors over each other. False for those that the operator has
  // let Share their memory. Known while measuring only.
  bool Overlap(const ModelTensor& a, const ModelTensor& b) const;
  // Nothing else takes the memory of a model output, so that it keeps its value in a run
  // that ends before the output is written again.
  void Keep(const ModelTensor& output);

 private:
  void* Append(RunStep run, size_t record_bytes);
  bool Together(const ModelTensor& whole, const ModelTensor& part, uint32_t offset) const;
  bool Entangled(const ModelTensor& input) const;

  std::span<const uint8_t> file_;
  const uint8_t* computed_ = nullptr;
  ByteTable* asked_ = nullptr;
  bool table_given_ = false;
  MemoryPlan* plan_;
  int tensors_;
  Nesting& nesting_;
  std::span<uint8_t> memory_ = {};
  std::span<uint8_t> prepared_ = {};
  bool writing_ = false;
  bool prepares_ = false;
  bool scratch_is_apart_ = false;
  KernelsOf kernels_ = KernelsOf::kThisMachine;
  bool overrun_ = false;
  bool stateful_ = false;
  bool bears_rows_ = false;
  Axis rows_;
  size_t patches_at_ = 0;
  const Node* node_ = nullptr;
  int op_ = 0;
  int time_ = 0;
  int in_place_[2] = {-1, -1};  // tensors of this operator that the file lays together
  size_t used_ = 0;
  size_t prepared_used_ = 0;
  size_t share_scratch_ = 0;  // the most of any step
};

// Who runs operators. The CPU is one, an NPU another.
class Backend {
 public:
  virtual const char* name() const = 0;
  // False for an operator that Takes refuses, whatever its types: asked first, since to write
  // down a reason takes time.
  virtual bool MayTake(const Node& node) const {
    static_cast<void>(node);
    return true;
  }
  // Ok, or kUnsupported with the reason why not this operator with these types.
  virtual Status Takes(const Node& node) const = 0;
  // Checks and writes one step. Requires that it takes the operator.
  virtual Status Prepare(const Node& node, StepWriter& writer) const = 0;
  // Whether its steps bear it that a file lays their operands over each other.
  virtual bool bears_overlap() const { return false; }
  // Whether an operator that it takes may have an input that is empty.
  virtual bool bears_empty(int input) const {
    static_cast<void>(input);
    return false;
  }
  // Whether its operators do what rewriting has them do besides: Node::border, Node::clamp, and
  // chains of tables.
  virtual bool fuses() const { return false; }

 protected:
  ~Backend() = default;
};

// The first backend that takes an operator, or null, and why the last one does not.
const Backend* FindTaker(const Node& node, Backends backends, Status* declined);

// Refuses what no backend of ours can have: operands that are not arrays of bytes in
// order, but for the handles of those operators that take them and what `taker`, if there is
// one, bears.
Status CheckTensors(const Node& node, const Backend* taker = nullptr);

// The refusal with the operator's number and name in front.
Status OfOperator(const Node& node, const Status& refusal);

// Has the first backend that takes the operator prepare it. The message names the
// operator.
Status PrepareOperator(const Node& node, Backends backends, StepWriter& writer);
// Whether it can; nothing is planned.
bool CanRun(const Node& node, Nesting& nesting);
// The same of an operator in a subgraph that another one calls: none that keeps something
// from run to run.
Status PrepareCalledOperator(const Node& node, Backends backends, StepWriter& writer);

}  // namespace moonlet
