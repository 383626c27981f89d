// engine/tensor/cholesky.h - the square root of a positive definite matrix, on row-major
// doubles. Golub and Van Loan, Matrix Computations, 4th edition, 4.2.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Puts L with L L^T = a in place of the n x n matrix, of which the lower triangle alone is
// read; above the diagonal L is 0. kInvalid when it is not positive definite.
Status FactorCholesky(double* a, Index n, const StopToken& stop);

}  // namespace moonlet
