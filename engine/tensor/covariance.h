// engine/tensor/covariance.h - how variables vary together.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Row i of x {variables, observations} is one variable. Element (i, j) of `out`, square and
// FloatResult(x.dtype), becomes the sum of (x_i - mean_i) (x_j - mean_j) over n - ddof; a
// correlation is this by both deviations, within -1 and 1. Two passes in double, each sum
// one chain in ascending order, rounded once at the end. kInvalid when n <= ddof.
// Requires `out` apart from x.
Status Covariance(const Tensor& x, double ddof, const Tensor& out, Allocator& memory,
                  const StopToken& stop) noexcept;
Status Correlation(const Tensor& x, const Tensor& out, Allocator& memory,
                   const StopToken& stop) noexcept;

}  // namespace moonlet
