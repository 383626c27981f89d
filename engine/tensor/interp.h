// engine/tensor/interp.h - functions of one variable, given by points or coefficients.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Points (x, y) of a polygon, in the order of x, and what it is before and behind them.
struct Polygon {
  const Tensor* x;  // float64 {1 or more}, row-major
  const Tensor* y;  // the same
  double left;
  double right;
};

// kInvalid when there are no points, or x does not increase (equal neighbours are allowed).
Status CheckPolygon(const Polygon& polygon, const StopToken& stop) noexcept;

// The polygon at each element of x, computed in double and rounded once; NaN at NaN.
// Requires `out` of a float dtype and x's shape, identical to x or apart from it.
Status Interpolate(const Tensor& x, const Polygon& polygon, const Tensor& out,
                   const StopToken& stop) noexcept;

// p[0] x^k + ... + p[k], by Horner's rule: a product and a sum for each coefficient, in the
// dtype of `out`, which p and x promote to. Requires p of rank 1, `out` of x's shape and
// apart from both.
Status Polyval(const Tensor& p, const Tensor& x, const Tensor& out, const StopToken& stop) noexcept;

}  // namespace moonlet
