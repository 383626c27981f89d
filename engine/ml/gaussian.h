// engine/ml/gaussian.h - normal distributions of several features: distances, and the triangular
// factors that they are computed by.
//
// A covariance C is kept as the upper triangular U with U U^T = C^-1 (scikit-learn's
// precisions_cholesky), so that the squared Mahalanobis distance of x is |U^T (x - mean)|^2 and
// half the logarithm of the determinant of C^-1 the sum of the logarithms of U's diagonal. See
// Golub and Van Loan, Matrix Computations, 4th edition, 4.2, and Bishop, Pattern Recognition and
// Machine Learning, 2.3.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/kernels/double_loops.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

inline constexpr double kLogTwoPi = 1.8378770664093453;
inline Index DistanceScratch(Index width) { return kPointLanes * width; }

// The squared distance of each row from `mean` to out[0], out[step], ... `matrix` is U, the
// diagonal of it, one number for all features; C^-1, or the diagonal of that.
void SquaredDistances(Measure measure, const Samples& x, const double* mean, const double* matrix,
                      double* out, Index step, double* scratch);

// log(values[0] values[step] ...), without leaving double's range and with few logarithms.
double LogOfProduct(const double* values, Index count, Index step);

// sums[i][j] += weight d[i] d[j] for j <= i.
void AddOuter(const double* d, double weight, Index n, double* sums);
// The lower triangle to the upper one.
void Mirror(double* a, Index n);
// Sums the samples of class `code` (all of them without classes): their count, mean and the sum of
// squares around it, n x n, both triangles. The caller zeroed nothing. `row` has room for n.
Status SumAround(const Fit& fit, int32_t code, double* mean, double* squares, double* row,
                 double* count);

// Puts U in place of the covariance, of which the lower triangle is read. kInvalid, without a word
// on whose it is, when it is singular: a feature that the ones before it determine up to rounding.
Status FactorPrecision(double* covariance, Index n, const StopToken& stop);
// U U^T, n x n.
Status PrecisionOf(const double* factor, Index n, const StopToken& stop, double* precision);

}  // namespace moonlet::ml
