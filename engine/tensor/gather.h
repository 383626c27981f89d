// engine/tensor/gather.h - elements picked and placed by tensors of positions.
//
// Positions are integers of any dtype, count from 1 and, negative, from the end. Gather and
// Scatter follow torch.gather and torch.scatter_: `positions` has the rank of `t` and is no
// longer than it but along `axis`; its element at (i, j, k) names a place on the line of t
// through (i, j, k).
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// kInvalid when the shape of `positions` does not go with t, its dtype is no integer, or one
// of them is out of range. Call it before the functions below.
Status CheckPositions(const Tensor& t, int axis, const Tensor& positions,
                      const StopToken& stop) noexcept;

// Requires `out` of t's dtype and the shape of `positions`, apart from both.
Status Gather(const Tensor& t, int axis, const Tensor& positions, const Tensor& out,
              const StopToken& stop) noexcept;

// Writes `values`, of t's dtype and the shape of `positions`, to their places in row-major
// order: of several for one place the last stays. Requires t apart from both.
Status Scatter(const Tensor& values, int axis, const Tensor& positions, const Tensor& t,
               const StopToken& stop) noexcept;

// The positions from 1, a row of int32 for each element that is not zero, in row-major
// order. Requires `out` {count, rank}; CountNonzero tells the count.
Status CountNonzero(const Tensor& t, const StopToken& stop, Index* count) noexcept;
Status Nonzero(const Tensor& t, const Tensor& out, const StopToken& stop) noexcept;

}  // namespace moonlet
