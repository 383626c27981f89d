// engine/tensor/eigh.h - eigenvalues and eigenvectors of a symmetric matrix, on row-major
// doubles, by Jacobi's rotations in cyclic order.
//
// Golub and Van Loan, Matrix Computations, 4th edition, 8.5.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// `a` is n x n and symmetric, its elements finite and at most 1; it is overwritten. Gives
// the eigenvalues in ascending order, and, if `vectors` is not null, the eigenvector of each
// as a row of it, of length 1.
Status JacobiEigh(double* a, Index n, double* values, double* vectors, const StopToken& stop);

}  // namespace moonlet
