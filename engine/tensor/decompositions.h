// engine/tensor/decompositions.h - matrices as products of simpler ones.
//
// Matrices are the last two axes, axes before them count matrices. Computed in double
// whatever the dtype (engine/tensor/doubles.h), rounded once to the results, which are
// float32 or float64. kInvalid when an element is infinite or NaN.
//
// A decomposition leaves signs open; these make it unique: the diagonal of R is not
// negative; in every eigenvector, and every left singular vector, the element of largest
// magnitude, of equals the first, is positive.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// a = q r for a {..., m, n}: q {..., m, k} with orthonormal columns and r {..., k, n} upper
// triangular, k being min(m, n) or m. q may be null.
Status Qr(const Tensor& a, const Tensor* q, const Tensor& r, Allocator& memory,
          const StopToken& stop) noexcept;

// a = u diag(s) vt for a {..., m, n}: s {..., min(m, n)} descends; u {..., m, k} and vt
// {..., l, n} have orthonormal columns and rows, k and l both min(m, n), or m and n.
struct SvdParts {
  const Tensor* u;
  const Tensor* s;
  const Tensor* vt;
};
Status Svd(const Tensor& a, const SvdParts& parts, Allocator& memory,
           const StopToken& stop) noexcept;

// a v[:, i] = w[i] v[:, i] for a symmetric {..., n, n}, of which the lower triangle alone is
// read: w {..., n} ascends, v {..., n, n} is orthogonal. Requires CheckSquare(a.shape).
Status Eigh(const Tensor& a, const Tensor& w, const Tensor& v, Allocator& memory,
            const StopToken& stop) noexcept;

}  // namespace moonlet
