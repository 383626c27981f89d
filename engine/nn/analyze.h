// engine/nn/analyze.h - what is in a model and what running it would take, without
// running it. Works for every Model that opens, also for one that no backend can run.
//
//   ModelReport report;
//   Status s = Analyze(model, allocator, &report);
//   for (int i = 0; s.ok() && i < report.operators; ++i) {
//     const OperatorReport op = DescribeOperator(model, i);
//     if (!op.support.ok()) ... op.support.what() ...
//   }
//
// All figures are of the first subgraph, the one that runs. The reports point into the
// file: they are good while the model is open and Unchanged().
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/fate.h"
#include "engine/nn/model.h"
#include "engine/nn/session.h"

namespace moonlet {

// Models may hold tensors of higher rank than scripts can make.
inline constexpr int kMaxModelRank = 8;

struct ModelReport {
  int operators = 0;
  int tensors = 0;
  int inputs = 0;
  int outputs = 0;
  int unsupported = 0;        // operators of which one alone would keep a Session from opening
  uint64_t macs = 0;          // multiply-adds of one run
  uint64_t weight_bytes = 0;  // constants, where they lie in the file
  // What a Session asks of its allocator; an estimate when something is unsupported.
  size_t arena_bytes = 0;   // activations, variables, scratch as planned
  size_t arena_bound = 0;   // the largest set of them alive at once: no plan is smaller
  size_t record_bytes = 0;  // operator, input and output records, constants that are computed
  // In how many bands of rows its first layers run, if they do, and the multiply-adds that are done
  // anew for that.
  int patch_bands = 0;
  uint64_t patch_macs = 0;
  size_t ram_bytes() const { return arena_bytes + record_bytes; }
};

struct TensorReport {
  std::string_view name;
  const char* dtype = "";  // as NumPy spells it, in lower case: "int8", also "int4"
  int rank = 0;
  int32_t dims[kMaxModelRank] = {};
  bool constant = false;
  bool variable = false;
  uint64_t bytes = 0;  // 0 for a string or resource
  int scales = 0;      // 0: not quantised, 1: per tensor, else per channel
  int axis = 0;        // of several scales
  float scale = 0;     // the first
  int32_t zero_point = 0;
};

struct OperatorReport {
  std::string_view name;     // "CONV_2D"; for a custom operator its own
  Status support;            // what Session::Open would say of this operator alone, of which
                             // none of the inputs is computed at load (Fate::kRefused)
  const char* backend = "";  // who takes it: "npu", "cpu", or nobody
  Status declined;           // why those before that one did not
  uint64_t macs = 0;
  uint64_t weight_bytes = 0;  // of its constant inputs
  int inputs = 0;
  int outputs = 0;
};

// What a Session makes of an operator.
struct OperatorPlan {
  uint64_t live = 0;  // bytes of the arena in use while it runs: what it reads and writes, its
                      // scratch, what others still need
  int time = 0;       // in which step it runs, from 1
  OperatorFate fate;
};

// Where what a tensor holds, or an operator has to itself (scratch, state), lies in the arena.
struct BlockPlan {
  uint32_t offset = 0;
  uint32_t bytes = 0;  // 0: it takes no place there
  int first = 0;       // from the step of that number on, 0 is before the first,
  int last = 0;        // to this one; a step behind the last is the end
  int within = -1;     // the block whose memory it shares; -1: it has its own
};

// Fills the totals, `plans` (empty, or one per operator) and `blocks` (empty, or one per tensor,
// then one per operator). `keeps` as the sessions do whose
// figures they are (Session::keeps); by default those of the file alone; `ram` as they may take.
// `allocator` lends some bytes per tensor until Analyze returns. kChanged when the mapped file is
// not what it was, kUnsupported when the graph is too large to plan (more than 4,096 tensors and
// operators, or 2 GiB), kNoMemory.
Status Analyze(const Model& model, Allocator& allocator, ModelReport* report,
               std::span<OperatorPlan> plans = {}, Backends backends = CpuOnly(),
               bool keeps = kKeepPrepared, size_t ram = SessionOptions::kAnyAmount,
               std::span<BlockPlan> blocks = {});
// How many operators the main graph has.
int OperatorCount(const Model& model);
int TensorCount(const Model& model);

// Require model.Unchanged() and an index within the report's counts.
OperatorReport DescribeOperator(const Model& model, int op, Backends backends = CpuOnly());
TensorReport DescribeTensor(const Model& model, int tensor);
std::string_view OperatorName(const Model& model, int op);
int OperatorOutputs(const Model& model, int op);  // how many
// The tensor that is input or output k of an operator; -1 for an optional input left out.
int OperatorInput(const Model& model, int op, int k);
int OperatorOutput(const Model& model, int op, int k);
// The tensor that is input or output k of the model.
int ModelInput(const Model& model, int k);
int ModelOutput(const Model& model, int k);

}  // namespace moonlet
