#include "engine/tensor/matrix_walk.h"

#include "engine/tensor/broadcast.h"

namespace moonlet {

MatrixWalk::MatrixHeads::MatrixHeads(const Shape& shape,
                                     std::initializer_list<MatrixOperand> operands) {
  for (int k = 0; k < kMaxOperands; ++k) {
    const bool given = k < static_cast<int>(operands.size());
    const MatrixOperand& operand = given ? operands.begin()[k] : *operands.begin();
    const Tensor& t = *operand.tensor;
    const int leading = t.rank() - operand.rank;
    Tensor outer = t;
    outer.shape.rank = leading;
    heads[k] = BroadcastTo(outer, shape);
    Tensor& part = parts[k];
    part = t;
    part.shape.rank = operand.rank;
    for (int axis = 0; axis < operand.rank; ++axis) {
      part.shape.dims[axis] = t.dim(leading + axis);
      part.strides[axis] = t.strides[leading + axis];
    }
  }
}

MatrixWalk::MatrixWalk(const Shape& heads, std::initializer_list<MatrixOperand> operands)
    : operands_(static_cast<int>(operands.size())),
      split_(heads, operands),
      walk_({&split_.heads[0], &split_.heads[1], &split_.heads[2], &split_.heads[3]}) {}

bool MatrixWalk::Next(Tensor* parts) {
  if (at_ == run_.n) {
    if (!walk_.Next(&run_)) return false;
    at_ = 0;
  }
  for (int k = 0; k < operands_; ++k) {
    parts[k] = split_.parts[k];
    const auto size = static_cast<Index>(SizeOf(parts[k].dtype));
    parts[k].data = run_.data[k] + at_ * run_.step[k] * size;
  }
  ++at_;
  return true;
}

Shape HeadsOf(const Shape& shape, int rank) {
  Shape heads = shape;
  heads.rank -= rank;
  return heads;
}

Shape WithPart(const Shape& heads, std::initializer_list<Index> part) {
  Shape shape = heads;
  for (const Index length : part) shape.dims[shape.rank++] = length;
  return shape;
}

}  // namespace moonlet
