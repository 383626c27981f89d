// engine/ml/linear_model.h - what linear models share: a row's inner product with each row of
// coefficients, plus an intercept.
//
// Every linear kind has `coef` and `intercept` as its first two arrays: {rows, features} and {rows}
// of a classifier, one row for two classes, else one for each; {features} and {1} of a regressor.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

enum LinearArray { kCoef, kIntercept, kLinearArrays };
inline constexpr ArraySpec kClassifierCoef = {"coef", DType::kFloat64, "rf"};
inline constexpr ArraySpec kClassifierIntercept = {"intercept", DType::kFloat64, "r"};
inline constexpr ArraySpec kRegressorCoef = {"coef", DType::kFloat64, "f"};
inline constexpr ArraySpec kRegressorIntercept = {"intercept", DType::kFloat64, "i"};
// How many rounds an iteration took: {1}. Those that reach option `iterations` did not converge.
inline constexpr ArraySpec kRounds = {"n_iter", DType::kFloat64, "n", true};

// Linear functions that tell so many classes apart.
inline Index RowsFor(Index classes) { return classes == 2 ? 1 : classes; }
// Both arrays, zero; kInvalid for a single class.
Status MakeLinear(const Fit& fit, State* state);
Status MakeRounds(int array, int64_t rounds, State* state);
// The rows of coefficients of a fitted model.
Index LinearRows(const Estimator& e);

// out {x.count, rows} = x coef^T + intercept, each sum in order of features.
void LinearBlock(const double* coef, const double* intercept, Index rows, const Samples& x,
                 double* out);

// Methods of a kind, and the check of each.
void RunLinear(const Estimator& e, const Samples& x, double* out, double* scratch);
Index LinearWork(const Estimator& e);
Status CheckLinearClassifier(const Estimator& e);
Status CheckLinearRegressor(const Estimator& e);
inline constexpr Method kLinearMethod = {LinearRows, RunLinear, nullptr, LinearWork};
// Probabilities of classes: those of a logistic function for each row, made to sum 1 when there
// are several.
void RunLogisticProba(const Estimator& e, const Samples& x, double* out, double* scratch);

// What row `row` of a model is to give of sample i: the target, or 1 for its class and -1 for
// others.
inline double TargetOf(const Fit& fit, Index i, Index row) {
  if (fit.targets != nullptr) return fit.targets[i];
  return fit.codes[i] == (fit.classes == 2 ? 1 : row) ? 1 : -1;
}

// A sample times coefficients, summed in order of features.
inline double Dot(const float* sample, const double* coef, Index features) {
  double sum = 0;
  for (Index j = 0; j < features; ++j) sum += sample[j] * coef[j];
  return sum;
}

// The same with four sums, of every fourth feature, which end as ((0 + 1) + (2 + 3)): what fitting
// waits for.
double DotOfFit(const float* sample, const double* coef, Index features);
double SquaredLength(const double* values, Index n);

// Weighted means of features, and the deviation of each (1 for a constant one); `scale` may be
// null. The mean of a constant feature is exact. Samples of weight 0 do not count.
Status MeasureFeatures(const Fit& fit, double* mean, double* scale);
// The weighted sums of features, and of squares around `centre`, each in order of samples.
Status SumFeatures(const Fit& fit, double* sums);
Status SumSquares(const Fit& fit, const double* centre, double* sums);
double MeanTarget(const Fit& fit, Index row);
double WeightSum(const Fit& fit);

}  // namespace moonlet::ml
