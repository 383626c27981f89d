// engine/tensor/lu.h - Gaussian elimination with partial pivoting, on row-major doubles.
//
// Golub and Van Loan, Matrix Computations, 4th edition, 3.4. Of pivots as large the first
// is taken; every sum runs in ascending order.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct LuResult {
  double sign = 1;        // -1 after an odd number of exchanges
  bool singular = false;  // a pivot is 0; the work ends there
};

// Makes the n x n matrix `a` upper triangular and does to the n x k matrix `b` what that
// takes. What lies below the diagonal of `a` afterwards means nothing.
Status Eliminate(double* a, Index n, double* b, Index k, const StopToken& stop, LuResult* result);

// Solves a x = b for the upper triangle of `a`; x takes the place of b.
Status BackSubstitute(const double* a, Index n, double* b, Index k, const StopToken& stop);

}  // namespace moonlet
