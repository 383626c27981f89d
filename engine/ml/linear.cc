// engine/ml/linear.cc - least squares, plain and with a penalty on squared coefficients.
//
// Hoerl and Kennard, "Ridge Regression", 1970. All from the singular values (centred_svd.h), so
// features that depend on each other do no harm: of several answers plain least squares gives the
// shortest.
#include <algorithm>
#include <limits>

#include "engine/ml/centred_svd.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace linear {
namespace {

enum { kLinearOption };
constexpr OptionSpec kLinearOptions[] = {
    {"intercept", "fit_intercept", OptionType::kFlag, 1},
};
enum { kAlpha, kRidgeIntercept };
constexpr OptionSpec kRidgeOptions[] = {
    {"alpha", "", OptionType::kNumber, 1, 0, 1e30f},
    {"intercept", "fit_intercept", OptionType::kFlag, 1},
};
constexpr ArraySpec kRegressorArrays[] = {kRegressorCoef, kRegressorIntercept};
constexpr ArraySpec kClassifierArrays[] = {kClassifierCoef, kClassifierIntercept};

// One linear function for each row: a penalty of 0 leaves out what no sample tells.
Status Solve(const Fit& fit, double alpha, bool intercept, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  const Index rows = (*state)[kIntercept].dim(0);
  CentredSvd svd(fit, rows);
  if (Status s = svd.Factor(fit, intercept); !s.ok()) return s;
  const double* values = svd.values();
  const auto longest = static_cast<double>(std::max(fit.x.count, fit.x.width));
  const double least = values[0] * longest * std::numeric_limits<double>::epsilon();
  for (Index r = 0; r < rows; ++r) {
    double* coef = state->own<double>(kCoef) + r * fit.x.width;
    const double* along = svd.along(r);
    SumVectors(
        svd,
        [&](Index i) {
          if (alpha == 0 && !(values[i] > least)) return 0.0;
          return along[i] * (values[i] / (values[i] * values[i] + alpha));
        },
        coef);
    state->own<double>(kIntercept)[r] = svd.InterceptFor(coef, r);
  }
  return {};
}

Status FitLinear(const Fit& fit, State* state) {
  return Solve(fit, 0, fit.options.Flag(kLinearOption), state);
}

Status FitRidge(const Fit& fit, State* state) {
  return Solve(fit, fit.options.Number(kAlpha), fit.options.Flag(kRidgeIntercept), state);
}

}  // namespace
}  // namespace linear

const Kind kLinear = {
    .name = "linear",
    .sklearn = "LinearRegression",
    .task = Task::kRegress,
    .options = linear::kLinearOptions,
    .arrays = linear::kRegressorArrays,
    .fit = linear::FitLinear,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

const Kind kRidge = {
    .name = "ridge",
    .sklearn = "Ridge",
    .task = Task::kRegress,
    .options = linear::kRidgeOptions,
    .arrays = linear::kRegressorArrays,
    .fit = linear::FitRidge,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

const Kind kRidgeClassifier = {
    .name = "ridge_classifier",
    .sklearn = "RidgeClassifier",
    .task = Task::kClassify,
    .options = linear::kRidgeOptions,
    .arrays = linear::kClassifierArrays,
    .fit = linear::FitRidge,
    .check = CheckLinearClassifier,
    .decision = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
