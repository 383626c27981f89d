// engine/kernels/broadcast_run.h - the walk over two tensors that broadcast, for kernels
// that combine their elements one by one.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

// Calls op(a, b, output, count, step_a, step_b) for every innermost run of the joint
// shape, in order, in pieces short enough to poll between.
template <typename A, typename B, typename Out, typename Op>
bool ForEachBroadcastRun(const BroadcastPair& shape, const A* a, const B* b, Out* output,
                         const StopToken& stop, Op op) {
  constexpr int32_t kPiece = 1 << 16;
  WorkMeter meter(stop);
  const int last = shape.rank - 1;
  const int32_t run = last < 0 ? 1 : shape.dims[last];
  const int32_t step_a = last < 0 ? 0 : shape.stride_a[last];
  const int32_t step_b = last < 0 ? 0 : shape.stride_b[last];
  for (int axis = 0; axis < shape.rank; ++axis)
    if (shape.dims[axis] == 0) return true;
  int32_t position[BroadcastPair::kMaxRank] = {};
  for (;;) {
    for (int32_t i = 0; i < run; i += kPiece) {
      const int32_t count = std::min(kPiece, run - i);
      if (!meter.Spend(count)) return false;
      op(a + std::ptrdiff_t{i} * step_a, b + std::ptrdiff_t{i} * step_b, output, count, step_a,
         step_b);
      output += count;
    }
    int axis = last - 1;
    for (; axis >= 0; --axis) {
      a += shape.stride_a[axis];
      b += shape.stride_b[axis];
      if (++position[axis] < shape.dims[axis]) break;
      a -= std::ptrdiff_t{shape.stride_a[axis]} * shape.dims[axis];
      b -= std::ptrdiff_t{shape.stride_b[axis]} * shape.dims[axis];
      position[axis] = 0;
    }
    if (axis < 0) return true;
  }
}

}  // namespace moonlet
