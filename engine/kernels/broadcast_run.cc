#include "engine/kernels/broadcast_run.h"

#include <algorithm>

namespace moonlet {

BroadcastWalk::BroadcastWalk(const BroadcastPair& shape) : shape_(shape) {
  const int last = shape.rank - 1;
  row_ = last < 0 ? 1 : shape.dims[last];
  next_.step_a = last < 0 ? 0 : shape.stride_a[last];
  next_.step_b = last < 0 ? 0 : shape.stride_b[last];
  for (int axis = 0; axis < shape.rank; ++axis) ended_ |= shape.dims[axis] == 0;
}

bool BroadcastWalk::Next(BroadcastRun* run) {
  constexpr int32_t kPiece = 1 << 16;
  if (ended_) return false;
  *run = next_;
  run->a += std::ptrdiff_t{done_} * next_.step_a;
  run->b += std::ptrdiff_t{done_} * next_.step_b;
  run->count = std::min(kPiece, row_ - done_);
  next_.output += run->count;
  done_ += run->count;
  if (done_ == row_) NextRow();
  return true;
}

void BroadcastWalk::NextRow() {
  done_ = 0;
  for (int axis = shape_.rank - 2; axis >= 0; --axis) {
    next_.a += shape_.stride_a[axis];
    next_.b += shape_.stride_b[axis];
    if (++position_[axis] < shape_.dims[axis]) return;
    next_.a -= std::ptrdiff_t{shape_.stride_a[axis]} * shape_.dims[axis];
    next_.b -= std::ptrdiff_t{shape_.stride_b[axis]} * shape_.dims[axis];
    position_[axis] = 0;
  }
  ended_ = true;
}

}  // namespace moonlet
