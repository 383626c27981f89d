// engine/tensor/linear_systems.h - determinants, inverses and systems of linear equations.
//
// Matrices are the last two axes, of any dtype; axes before them count matrices. Computed
// in double whatever the dtype (engine/tensor/doubles.h), rounded once to `out`, which is
// float32 or float64. Scratch memory for one matrix at a time comes from `memory`.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// kInvalid unless the last two axes are equally long.
Status CheckSquare(const Shape& shape);

// All four require CheckSquare(a.shape).

// To `out` without the last two axes. 0 for a singular matrix, 1 for an empty one.
Status Det(const Tensor& a, const Tensor& out, Allocator& memory, const StopToken& stop) noexcept;

// kInvalid when a matrix is singular: a pivot is exactly 0. `out` has a's shape and may be a.
Status Inv(const Tensor& a, const Tensor& out, Allocator& memory, const StopToken& stop) noexcept;

// The lower triangular L with L L^T = a; kInvalid when a matrix is not positive definite.
// Reads the lower triangle alone. `out` has a's shape and may be a.
Status Cholesky(const Tensor& a, const Tensor& out, Allocator& memory,
                const StopToken& stop) noexcept;

// The shape of x in a x = b: b is one vector, or matrices whose columns are vectors; axes
// before the last two broadcast.
Status SolveShape(const Shape& a, const Shape& b, Shape* shape);
// kInvalid when a matrix is singular. Requires `out` of SolveShape, apart from a, identical
// to b or apart from it.
Status Solve(const Tensor& a, const Tensor& b, const Tensor& out, Allocator& memory,
             const StopToken& stop) noexcept;

}  // namespace moonlet
