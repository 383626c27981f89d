// engine/tensor/svd.h - the singular value decomposition, on row-major doubles, by Jacobi's
// rotations of pairs of columns (Hestenes).
//
// Golub and Van Loan, Matrix Computations, 4th edition, 8.6.3; Demmel and Veselic, Jacobi's
// method is more accurate than QR, 1992.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// `w` holds the n columns of an m x n matrix, m >= n, as rows of m; its elements are finite
// and at most 1. Afterwards row i of w is the left singular vector of values[i], row i of
// `v`, n x n, the right one; values descend. A value of 0 leaves a row of zeros in w.
Status JacobiSvd(double* w, Index m, Index n, double* values, double* v, const StopToken& stop);

// Fills rows from the first zero row on, up to `count`, so that all are orthogonal and of
// length 1. Requires count <= m, and zeros from `known` on.
Status CompleteBasis(double* rows, Index known, Index count, Index m, const StopToken& stop);

}  // namespace moonlet
