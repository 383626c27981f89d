// engine/tensor/qr.h - orthogonal times upper triangular, by Householder's reflections, on
// row-major doubles.
//
// Golub and Van Loan, Matrix Computations, 4th edition, 5.2. Each reflection is I - tau v v^T
// with v[0] = 1. Elements up to about 1e150: the caller scales (engine/tensor/scaling.h).
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Leaves R in the upper triangle of the m x n matrix `a`, the rest of each v below, and the
// min(m, n) factors in `tau`. `work` has room for n.
Status FactorQr(double* a, Index m, Index n, double* tau, double* work, const StopToken& stop);

// The first `columns` columns of the orthogonal factor, m x columns, min(m, n) <= columns <= m.
// `work` has room for columns.
Status FormQ(const double* a, Index m, Index n, const double* tau, Index columns, double* q,
             double* work, const StopToken& stop);

}  // namespace moonlet
