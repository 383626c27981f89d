// engine/tensor/least_squares.h - the x that brings a x nearest to b, of several the
// shortest, by the singular value decomposition (engine/tensor/svd.h).
//
// Computed in double whatever the dtypes (engine/tensor/doubles.h), rounded once.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct LstsqResult {
  const Tensor* x;          // {n} or {n, k}
  const Tensor* residuals;  // {1} or {k}: the squared length of b - a x for each column
  const Tensor* s;          // {min(m, n)}: singular values, descending
  Index rank = 0;           // of them that count
};
// a {m, n}, b {m} or {m, k}. Singular values up to rcond times the first count as 0.
// kInvalid when an element of a is infinite or NaN. Requires float results, apart from both.
Status Lstsq(const Tensor& a, const Tensor& b, double rcond, LstsqResult* result, Allocator& memory,
             const StopToken& stop) noexcept;

// The polynomial of degree n - 1 nearest to the points (x, y): x {m}, y {m} or {m, k};
// `coefficients` {n} or {n, k}, the highest power first. Columns of powers are brought to
// length 1 first, as NumPy does. Requires them apart from both.
Status Polyfit(const Tensor& x, const Tensor& y, double rcond, const Tensor& coefficients,
               Allocator& memory, const StopToken& stop) noexcept;

}  // namespace moonlet
