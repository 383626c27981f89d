// engine/tensor/matrix_walk.h - matrices behind leading axes, one after the other.
//
//   Status s = ForEachMatrix(heads, {{&a, 2}, {&b, 1}}, stop, [&](const Tensor* parts) {
//     ... parts[0] is a matrix of a, parts[1] the vector of b that goes with it ...
//   });
#pragma once
#include <initializer_list>

#include "engine/tensor/strided.h"

namespace moonlet {

struct MatrixOperand {
  const Tensor* tensor;
  int rank;  // of a part: the last axes of the tensor, 0 to 2
};

class MatrixWalk {
 public:
  // The axes of each operand before its part broadcast to `heads`. 1 to kMaxOperands of them.
  MatrixWalk(const Shape& heads, std::initializer_list<MatrixOperand> operands);
  // Sets one part per operand; false at the end.
  bool Next(Tensor* parts);

 private:
  // Of all four: an operand not given repeats the first.
  struct MatrixHeads {
    MatrixHeads(const Shape& heads, std::initializer_list<MatrixOperand> operands);
    Tensor parts[kMaxOperands];
    Tensor heads[kMaxOperands];
  };
  int operands_;
  MatrixHeads split_;
  StridedWalk walk_;
  StridedRun run_ = {};
  Index at_ = 0;  // in run_
};

template <typename Body>
Status ForEachMatrix(const Shape& heads, std::initializer_list<MatrixOperand> operands,
                     const StopToken& stop, Body&& body) {
  MatrixWalk walk(heads, operands);
  for (Tensor parts[kMaxOperands]; walk.Next(parts);) {
    if (stop.raised()) return Status::Stopped();
    if (Status s = body(static_cast<const Tensor*>(parts)); !s.ok()) return s;
  }
  return {};
}

// The axes before the last `rank`.
Shape HeadsOf(const Shape& shape, int rank);
// `heads` with the axes of a part behind them.
Shape WithPart(const Shape& heads, std::initializer_list<Index> part);

}  // namespace moonlet
