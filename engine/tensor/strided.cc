#include "engine/tensor/strided.h"

#include <algorithm>

namespace moonlet {

StridedWalk::StridedWalk(std::initializer_list<const Tensor*> operands)
    : operands_(static_cast<int>(operands.size())) {
  assert(operands_ >= 1 && operands_ <= kMaxOperands);
  const Shape& shape = (*operands.begin())->shape;
  int k = 0;
  for (const Tensor* t : operands) {
    assert(t->shape == shape);
    std::copy_n(t->strides, kMaxRank, strides_[k]);
    sizes_[k] = static_cast<Index>(SizeOf(t->dtype));
    row_[k] = static_cast<uint8_t*>(t->data);
    ++k;
  }
  ended_ = shape.size() == 0;
  if (!ended_) Merge(shape);
}

// Drops axes of length 1 and joins an axis to the one outside it where stepping over
// the inner one's end lands, in every operand, on the outer one's next position.
void StridedWalk::Merge(const Shape& shape) {
  for (int axis = 0; axis < shape.rank; ++axis) {
    const Index length = shape.dims[axis];
    if (length == 1) continue;
    bool joins = rank_ > 0;
    for (int k = 0; joins && k < operands_; ++k)
      joins = strides_[k][rank_ - 1] == strides_[k][axis] * length;
    const int to = joins ? rank_ - 1 : rank_++;
    dims_[to] = joins ? dims_[to] * length : length;
    for (int k = 0; k < operands_; ++k) strides_[k][to] = strides_[k][axis];
  }
  if (rank_ > 0) return;
  rank_ = 1;
  dims_[0] = 1;
  for (int k = 0; k < operands_; ++k) strides_[k][0] = 1;
}

bool StridedWalk::Next(StridedRun* run) {
  if (ended_) return false;
  const int inner = rank_ - 1;
  run->n = std::min(dims_[inner] - done_, kMaxRun);
  run->first = first_;
  for (int k = 0; k < operands_; ++k) {
    run->step[k] = strides_[k][inner];
    run->data[k] = row_[k] + done_ * strides_[k][inner] * sizes_[k];
  }
  done_ += run->n;
  first_ += run->n;
  if (done_ < dims_[inner]) return true;

  done_ = 0;
  for (int axis = inner - 1; axis >= 0; --axis) {
    const bool more = ++position_[axis] < dims_[axis];
    const Index steps = more ? 1 : 1 - dims_[axis];
    for (int k = 0; k < operands_; ++k) row_[k] += steps * strides_[k][axis] * sizes_[k];
    if (more) return true;
    position_[axis] = 0;
  }
  ended_ = true;
  return true;
}

}  // namespace moonlet
