// engine/ml/bayesian_ridge.cc - ridge regression that finds its penalty itself.
//
// MacKay, "Bayesian Interpolation", 1992: the precision of the noise, alpha, and of the
// coefficients, lambda, are the ones under which the data are most probable, with Gamma priors
// over both. One decomposition serves all rounds (centred_svd.h).
#include "engine/ml/bayesian_ridge.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ml/centred_svd.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace bayesian_ridge {
namespace {

enum { kIterations, kTol, kAlpha1, kAlpha2, kLambda1, kLambda2, kFitIntercept };
constexpr OptionSpec kOptions[] = {
    {"iterations", "n_iter", OptionType::kWhole, 300, 1, 1e6f},
    {"tol", "", OptionType::kNumber, 1e-3, 0, 1e30f},
    {"alpha_1", "", OptionType::kNumber, 1e-6, 0, 1e30f},
    {"alpha_2", "", OptionType::kNumber, 1e-6, 0, 1e30f},
    {"lambda_1", "", OptionType::kNumber, 1e-6, 0, 1e30f},
    {"lambda_2", "", OptionType::kNumber, 1e-6, 0, 1e30f},
    {"intercept", "fit_intercept", OptionType::kFlag, 1},
};

enum { kAlpha = kLinearArrays, kLambda, kSigma, kIterationsDone };
constexpr ArraySpec kArrays[] = {
    kRegressorCoef,
    kRegressorIntercept,
    {"alpha", DType::kFloat64, "a"},
    {"lambda", DType::kFloat64, "l"},
    {"sigma", DType::kFloat64, "ff"},
    kRounds,
};

struct Precision {
  double alpha, lambda;
};

// The coefficients of these precisions, and the squared error they leave.
double Update(const CentredSvd& svd, const Precision& p, double* coef) {
  const double* values = svd.values();
  const double* along = svd.along(0);
  const double ratio = p.lambda / p.alpha;
  double error = svd.residue();
  std::fill_n(coef, svd.features(), 0.0);
  SumVectors(
      svd,
      [&](Index i) {
        const double length = values[i] / (values[i] * values[i] + ratio);
        const double rest = along[i] * (1 - values[i] * length);
        error += rest * rest;
        return values[i] > 0 ? along[i] * length : 0.0;
      },
      coef);
  return error;
}

Precision Improve(const Fit& fit, const CentredSvd& svd, const Precision& p, const double* coef,
                  double error) {
  const Options& o = fit.options;
  double gamma = 0, length = 0;  // how many coefficients the data determine
  for (Index i = 0; i < svd.rank(); ++i) {
    const double known = p.alpha * svd.values()[i] * svd.values()[i];
    if (known > 0) gamma += known / (p.lambda + known);
  }
  for (Index j = 0; j < svd.features(); ++j) length += coef[j] * coef[j];
  // Without priors a perfect fit, or coefficients of 0, would ask for a precision without bound.
  constexpr double kLeast = 1e-200;
  const auto samples = static_cast<double>(fit.x.count);
  return {
      (samples - gamma + 2 * o.Number(kAlpha1)) / std::max(error + 2 * o.Number(kAlpha2), kLeast),
      (gamma + 2 * o.Number(kLambda1)) / std::max(length + 2 * o.Number(kLambda2), kLeast)};
}

// The covariance of the coefficients.
Status FillSigma(const Fit& fit, const CentredSvd& svd, const Precision& p, double* sigma) {
  const Index f = svd.features();
  for (Index i = 0; i < svd.rank(); ++i) {
    const double* vector = svd.vector(i);
    const double share = 1 / (svd.values()[i] * svd.values()[i] + p.lambda / p.alpha) / p.alpha;
    for (Index j = 0; j < f; ++j) {
      if (Status s = fit.work.Poll(); !s.ok()) return s;
      const double part = share * vector[j];
      for (Index k = 0; k < f; ++k) sigma[j * f + k] += part * vector[k];
    }
  }
  return {};
}

// The variance of weighted, centred targets.
double Variance(const Fit& fit, const CentredSvd& svd) {
  const auto n = static_cast<double>(fit.x.count);
  double mean = 0;
  for (Index i = 0; i < fit.x.count; ++i) {
    const double root = fit.weights != nullptr ? std::sqrt(fit.weights[i]) : 1;
    mean += root * (fit.targets[i] - svd.centre(0));
  }
  mean /= n;
  return std::max(svd.squares() / n - mean * mean, 0.0);
}

Status FitBayesianRidge(const Fit& fit, State* state) {
  const Index f = fit.x.width;
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  for (const int array : {kAlpha, kLambda})
    if (Status s = state->Make(array, DType::kFloat64, {1}); !s.ok()) return s;
  if (Status s = state->Make(kSigma, DType::kFloat64, {f, f}); !s.ok()) return s;
  Buffer<double> last(fit.work.memory, f);
  if (!last.ok()) return last.Refusal();
  CentredSvd svd(fit, 1);
  if (Status s = svd.Factor(fit, fit.options.Flag(kFitIntercept)); !s.ok()) return s;
  double* coef = state->own<double>(kCoef);
  Precision p = {1 / (Variance(fit, svd) + std::numeric_limits<double>::epsilon()), 1};
  int64_t round = 0;
  for (bool done = false; round < fit.options.Whole(kIterations) && !done; ++round) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    p = Improve(fit, svd, p, coef, Update(svd, p, coef));
    double change = 0;
    for (Index j = 0; j < f; ++j) change += std::fabs(last[j] - coef[j]);
    done = round > 0 && change < fit.options.Number(kTol);
    std::copy_n(coef, f, last.data());
  }
  Update(svd, p, coef);
  state->own<double>(kIntercept)[0] = svd.InterceptFor(coef, 0);
  state->own<double>(kAlpha)[0] = p.alpha;
  state->own<double>(kLambda)[0] = p.lambda;
  if (Status s = FillSigma(fit, svd, p, state->own<double>(kSigma)); !s.ok()) return s;
  return MakeRounds(kIterationsDone, round, state);
}

Status Check(const Estimator& e) {
  if (Status s = CheckLinearRegressor(e); !s.ok()) return s;
  return e.state[kAlpha].dim(0) > 0 ? Status() : Status::Invalid("array 'alpha' is empty");
}

void RunStd(const Estimator& e, const Samples& x, double* out, double*) {
  const double* sigma = e.state.get<double>(kSigma);
  const double noise = 1 / e.state.get<double>(kAlpha)[0];
  for (Index i = 0; i < x.count; ++i) {
    double sum = 0;
    for (Index j = 0; j < e.features; ++j)
      sum += x.row(i)[j] * Dot(x.row(i), sigma + j * e.features, e.features);
    out[i] = std::sqrt(sum + noise);
  }
}

Index StdWork(const Estimator& e) { return e.features * e.features; }

}  // namespace
}  // namespace bayesian_ridge

const Method kBayesianRidgeStd = {One, bayesian_ridge::RunStd, nullptr, bayesian_ridge::StdWork};

const Kind kBayesianRidge = {
    .name = "bayesian_ridge",
    .sklearn = "BayesianRidge",
    .task = Task::kRegress,
    .options = bayesian_ridge::kOptions,
    .arrays = bayesian_ridge::kArrays,
    .fit = bayesian_ridge::FitBayesianRidge,
    .check = bayesian_ridge::Check,
    .predict = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
