// engine/tensor/dot.h - inner products and matrix products.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// The dtype of the inner product of vectors that promote to `dtype`: int64 for integers.
DType DotResult(DType dtype);

// The sum of a[i] * b[i] of two vectors of one length: 16 lanes of fma for floats,
// wrapping int64 for integers. Requires out of rank 0 and DotResult.
Status Dot(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) noexcept;

// The shape of a @ b as NumPy has it: a vector on the left is a row, on the right a
// column, and the axis it lends is dropped; axes before the last two broadcast.
Status MatmulShape(const Shape& a, const Shape& b, Shape* shape);

// a @ b to `out`, which has MatmulShape and the dtype both promote to, and is disjoint
// from both. Each output is one chain of fma in ascending k from +0; where b is a vector
// each is an inner product of a row with it, in 16 lanes. Integers wrap.
Status Matmul(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) noexcept;

}  // namespace moonlet
