// engine/kernels/broadcast_run.h - the walk over two tensors that broadcast, for kernels
// that combine their elements one by one.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

// `count` elements of the result with what they are made of: offsets from the first
// element of each tensor, and steps of the two operands, in elements.
struct BroadcastRun {
  std::ptrdiff_t a, b, output;
  int32_t count, step_a, step_b;
};

// The innermost runs of the joint shape, in order, in pieces short enough to poll between.
class BroadcastWalk {
 public:
  explicit BroadcastWalk(const BroadcastPair& shape);
  // The next run, false at the end.
  bool Next(BroadcastRun* run);

 private:
  void NextRow();

  const BroadcastPair& shape_;
  int32_t row_;       // elements of an innermost row
  int32_t done_ = 0;  // of them already given
  BroadcastRun next_ = {};
  int32_t position_[BroadcastPair::kMaxRank] = {};
  bool ended_ = false;
};

// Calls op(a, b, output, count, step_a, step_b) for every run.
template <typename A, typename B, typename Out, typename Op>
bool ForEachBroadcastRun(const BroadcastPair& shape, const A* a, const B* b, Out* output,
                         const StopToken& stop, Op op) {
  WorkMeter meter(stop);
  BroadcastWalk walk(shape);
  for (BroadcastRun run; walk.Next(&run);) {
    if (!meter.Spend(run.count)) return false;
    op(a + run.a, b + run.b, output + run.output, run.count, run.step_a, run.step_b);
  }
  return true;
}

}  // namespace moonlet
