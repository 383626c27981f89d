// engine/nn/rewrite.h - what operators of the main graph need not run, with the same results:
// borders that the next operator reads as its own padding, and what nobody reads.
//
//   Rewrite rewrite(model, allocator);
//   Status s = rewrite.Decide(nesting);
//   if (rewrite.runs(i)) ... rewrite.NodeOf(i) ... in place of Node(model, i)
//
// Only operators that could run are rewritten, so that refusals stay those of the file.
#pragma once
#include <cstdint>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/fate.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"

namespace moonlet {

// Whether a run reads input k. What says a second time what the shapes say is not read.
bool IsRead(const Node& node, int k);

class Rewrite {
 public:
  Rewrite(const Model& model, Allocator& allocator) : model_(model), allocator_(allocator) {}
  Rewrite(const Rewrite&) = delete;
  ~Rewrite() { Free(); }

  // kNoMemory.
  Status Init();
  // Requires Init.
  void Decide(Nesting& nesting);
  void Free();

  // Whether it has a step of its own, as far as is known before it is prepared. Without Init
  // every operator has.
  bool runs(int op) const { return fate(op).fate == Fate::kRuns; }
  OperatorFate fate(int op) const { return fates_ == nullptr ? OperatorFate() : fates_[op]; }
  // An operator turned out to have nothing to do in a run.
  void SetAlias(int op) {
    if (fates_ != nullptr) fates_[op].fate = Fate::kAlias;
  }
  bool IsAlias(int op) const { return fate(op).fate == Fate::kAlias; }
  void ForgetAliases();
  // The operator with what it has taken over.
  Node NodeOf(int op) const;

 private:
  Node Get(int op) const { return Node(model_, op); }
  bool HasReader(int tensor, int first) const;
  int OnlyReader(int tensor) const;
  bool IsOutput(int tensor) const;
  bool IsDead(const Node& node) const;
  void DropDead(Nesting& nesting);
  void FoldBorder(const Node& pad, Nesting& nesting);

  const Model& model_;
  Allocator& allocator_;
  OperatorFate* fates_ = nullptr;
  int operators_ = 0;
  int folded_ = 0;
};

}  // namespace moonlet
