// engine/nn/rewrite.h - what operators of the main graph need not run, with the same results:
// what nobody reads, what depends on constants alone, borders that the next operator reads as its
// own padding, clamps and tables that the one before applies.
//
//   Rewrite rewrite(model, allocator);
//   Status s = rewrite.Decide(nesting, true);
//   if (rewrite.runs(i)) ... rewrite.NodeOf(i) ... in place of Node(model, i)
//
// Only operators that could run are rewritten, so that refusals stay those of the file; but an
// operator may run that needs a constant which the file has computed.
#pragma once
#include <cstdint>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/constants.h"
#include "engine/nn/fate.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"
#include "engine/nn/readers.h"

namespace moonlet {

// Whether a run reads input k. What the shapes say already is not read.
bool IsRead(const Node& node, int k);

class Rewrite {
 public:
  // Outputs up to so many bytes are worth memory for the life of the model, where it is scarce,
  // so that no run computes them.
  static constexpr int64_t kFewBytes = 256;

  Rewrite(const Model& model, Allocator& allocator)
      : model_(model), allocator_(allocator), constants_(allocator), readers_(allocator) {}
  Rewrite(const Rewrite&) = delete;
  ~Rewrite() { Free(); }

  // kNoMemory.
  Status Init();
  // Requires Init. With `ample` memory every constant is computed that may be; else those of
  // kFewBytes and those without which an operator cannot run.
  void Decide(Nesting& nesting, bool ample);
  void Free();

  // Whether it has a step of its own, as far as is known before it is prepared. Without Init
  // every operator has.
  bool runs(int op) const { return fate(op).fate == Fate::kRuns; }
  OperatorFate fate(int op) const { return fates_ == nullptr ? OperatorFate() : fates_[op]; }
  // An operator turned out to have nothing to do in a run, or to be none that can run.
  void SetAlias(int op) { SetFate(op, Fate::kAlias); }
  void SetRefused(int op) { SetFate(op, Fate::kRefused); }
  bool IsAlias(int op) const { return fate(op).fate == Fate::kAlias; }
  // Forgets both.
  void ForgetMeasured();
  // The operator with what it has taken over.
  Node NodeOf(int op) const;
  // The table of a chain of operators that its first one does the work of: then that does not know
  // what it writes, and has a step that looks up bytes in the table. False where it leads none.
  bool TableOfChain(int first, Nesting& nesting, ByteTable* table) const;

  // The constants besides those of the file.
  const Constants& constants() const { return constants_; }

 private:
  Node Get(int op) const;
  bool IsGone(int op) const;
  void SetFate(int op, Fate fate) {
    if (fates_ != nullptr) fates_[op].fate = fate;
  }
  bool FindReaders();
  bool HasReader(int tensor, int first) const;
  bool IsOutput(int tensor) const;
  bool IsDead(const Node& node) const;
  void DropDead(Nesting& nesting);
  void FoldBorder(const Node& pad, Nesting& nesting);

  // rewrite_constants.cc
  class Marks;
  bool ComputeConstants(Nesting& nesting, bool ample);
  bool IsCandidate(const Node& node, const Marks& marks) const;
  bool MarkCandidates(Marks* marks) const;
  void MarkNeeded(Nesting& nesting, Marks* marks) const;
  bool IsWorthIt(const Node& node, const Marks& marks) const;
  bool MayBeConstant(const Node& node) const;
  bool ReadsOutputOf(const Node& reader, int producer) const;
  bool Compute(const Node& node, Nesting& nesting, int64_t* bytes_left);
  bool TakeOutputs(const Node& node, Nesting& nesting);
  bool StopsReader(const Node& node, uint32_t before, Nesting& nesting);
  void RemoveUnread();

  // rewrite_fusions.cc
  void FoldClamp(const Node& relu, Nesting& nesting);
  void FoldTable(const Node& follower, Nesting& nesting);
  int LeaderOf(const Node& follower) const;
  void FoldBehind(const Node& follower, int leader);

  const Model& model_;
  Allocator& allocator_;
  Constants constants_;
  Readers readers_;  // while it decides
  OperatorFate* fates_ = nullptr;
  int operators_ = 0;
  int folded_ = 0;
};

// Whether an operator does more than give its outputs, or may.
bool HasEffects(const Node& node);
bool SameQuantization(const ModelTensor& a, const ModelTensor& b);
// Whether operators of this kind take a clamp behind their own (Node::clamp).
bool TakesClamp(const Node& node);
// Whether a backend has the operator that does what is folded into it.
bool Fuses(const Node& node, Backends backends);

}  // namespace moonlet
