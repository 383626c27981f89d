// engine/ml/lasso.cc - least squares with a penalty on the sizes of coefficients, which sets many
// to 0; the elastic net adds one on their squares.
//
// Cyclic coordinate descent: Friedman, Hastie and Tibshirani, "Regularization Paths for Generalized
// Linear Models via Coordinate Descent", 2010; ended by the duality gap, as in Kim et al., "An
// Interior-Point Method for Large-Scale l1-Regularized Least Squares", 2007.
#include <algorithm>
#include <cmath>

#include "engine/kernels/double_loops.h"
#include "engine/ml/buffer.h"
#include "engine/ml/kinds.h"
#include "engine/ml/linear_model.h"

namespace moonlet::ml {
namespace lasso {
namespace {

enum { kAlpha, kIterations, kTol, kPositive, kFitIntercept, kL1Ratio };
constexpr OptionSpec kAlphaOption = {"alpha", "", OptionType::kNumber, 1, 0, 1e30f};
constexpr OptionSpec kIterationsOption = {"iterations", "max_iter", OptionType::kWhole,
                                          1000,         1,          1e9f};
constexpr OptionSpec kTolOption = {"tol", "", OptionType::kNumber, 1e-4, 0, 1e30f};
constexpr OptionSpec kPositiveOption = {"positive", "", OptionType::kFlag, 0};
constexpr OptionSpec kInterceptOption = {"intercept", "fit_intercept", OptionType::kFlag, 1};
constexpr OptionSpec kLassoOptions[] = {kAlphaOption, kIterationsOption, kTolOption,
                                        kPositiveOption, kInterceptOption};
constexpr OptionSpec kElasticNetOptions[] = {
    kAlphaOption,    kIterationsOption, kTolOption,
    kPositiveOption, kInterceptOption,  {"l1_ratio", "", OptionType::kNumber, 0.5, 0, 1},
};

enum { kRoundsArray = kLinearArrays };
constexpr ArraySpec kArrays[] = {kRegressorCoef, kRegressorIntercept, kRounds};

// Minimises |y - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2.
class Descent {
 public:
  Descent(const Fit& fit, double l1, double l2, double* coef)
      : fit_(fit),
        n_(fit.x.count),
        f_(fit.x.width),
        l1_(l1),
        l2_(l2),
        coef_(coef),
        columns_(fit.work.memory, f_, n_),
        lengths_(fit.work.memory, f_),
        mean_(fit.work.memory, f_),
        rest_(fit.work.memory, n_),
        y_(fit.work.memory, n_) {}

  Status Prepare(bool intercept);
  Status Run(bool positive, int64_t iterations, double tol, int64_t* rounds);
  double Intercept() const;

 private:
  double* column(Index j) { return columns_.data() + j * n_; }
  double Along(Index j) {
    const double* x = column(j);
    double sum = 0;
    for (Index i = 0; i < n_; ++i) sum += x[i] * rest_[i];
    return sum;
  }
  void AddToRest(Index j, double factor) {
    OverRows().add_scaled(rest_.data(), column(j), factor, n_);
  }
  void Improve(Index j, bool positive);
  Status Gap(bool positive, double* gap);

  const Fit& fit_;
  Index n_, f_;
  double l1_, l2_;
  double* coef_;
  Buffer<double> columns_;  // features, centred and weighted, one after the other
  Buffer<double> lengths_;  // squared, of each
  Buffer<double> mean_;
  Buffer<double> rest_;  // targets less what is predicted
  Buffer<double> y_;     // targets
  double centre_ = 0;
};

// Weights count relative to each other: their sum is that of samples.
Status Descent::Prepare(bool intercept) {
  for (const Buffer<double>* b : {&columns_, &lengths_, &mean_, &rest_, &y_})
    if (!b->ok()) return b->Refusal();
  if (intercept) {
    if (Status s = MeasureFeatures(fit_, mean_.data(), nullptr); !s.ok()) return s;
    centre_ = MeanTarget(fit_, 0);
  }
  const double share = static_cast<double>(n_) / WeightSum(fit_);
  for (Index i = 0; i < n_; ++i) {
    if (Status s = fit_.work.Poll(); !s.ok()) return s;
    const double root = fit_.weights != nullptr ? std::sqrt(fit_.weights[i] * share) : 1;
    for (Index j = 0; j < f_; ++j) column(j)[i] = root * (fit_.x.row(i)[j] - mean_[j]);
    y_[i] = rest_[i] = root * (fit_.targets[i] - centre_);
  }
  for (Index j = 0; j < f_; ++j) {
    if (Status s = fit_.work.Poll(); !s.ok()) return s;
    lengths_[j] = SquaredLength(column(j), n_);
  }
  return {};
}

// The best value of one coefficient, given the others.
void Descent::Improve(Index j, bool positive) {
  if (coef_[j] != 0) AddToRest(j, coef_[j]);
  const double along = Along(j);
  const double size = std::max(std::fabs(along) - l1_, 0.0) / (lengths_[j] + l2_);
  coef_[j] = along > 0 ? size : (positive ? 0.0 : 0.0 - size);  // never -0
  if (coef_[j] != 0) AddToRest(j, -coef_[j]);
}

// How far the objective is above its minimum at most.
Status Descent::Gap(bool positive, double* gap) {
  double dual = 0, size = 0, match = 0;
  for (Index j = 0; j < f_; ++j) {
    if (Status s = fit_.work.Poll(); !s.ok()) return s;
    const double slope = Along(j) - l2_ * coef_[j];
    dual = std::max(dual, positive ? slope : std::fabs(slope));
    size += std::fabs(coef_[j]);
  }
  for (Index i = 0; i < n_; ++i) match += rest_[i] * y_[i];
  const double squares = SquaredLength(rest_.data(), n_);
  const double share = dual > l1_ ? l1_ / dual : 1;
  *gap = 0.5 * squares * (1 + share * share) + l1_ * size - share * match +
         0.5 * l2_ * (1 + share * share) * SquaredLength(coef_, f_);
  return {};
}

Status Descent::Run(bool positive, int64_t iterations, double tol, int64_t* rounds) {
  const double enough = tol * SquaredLength(y_.data(), n_);
  for (*rounds = 1; *rounds <= iterations; ++*rounds) {
    double largest = 0, change = 0;
    for (Index j = 0; j < f_; ++j) {
      const double share = static_cast<double>(*rounds) / static_cast<double>(iterations);
      if (Status s = j == 0 ? fit_.work.Done(share) : fit_.work.Poll(); !s.ok()) return s;
      if (lengths_[j] == 0) continue;
      const double before = coef_[j];
      Improve(j, positive);
      change = std::max(change, std::fabs(coef_[j] - before));
      largest = std::max(largest, std::fabs(coef_[j]));
    }
    if (largest > 0 && change > tol * largest) continue;
    double gap = 0;
    if (Status s = Gap(positive, &gap); !s.ok()) return s;
    if (gap <= enough) return {};
  }
  --*rounds;
  return {};
}

double Descent::Intercept() const {
  double shift = 0;
  for (Index j = 0; j < f_; ++j) shift += mean_[j] * coef_[j];
  return centre_ - shift;
}

Status FitPenalised(const Fit& fit, double l1_ratio, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  const Options& o = fit.options;
  const double alpha = o.Number(kAlpha) * static_cast<double>(fit.x.count);
  Descent descent(fit, alpha * l1_ratio, alpha * (1 - l1_ratio), state->own<double>(kCoef));
  if (Status s = descent.Prepare(o.Flag(kFitIntercept)); !s.ok()) return s;
  int64_t rounds;
  if (Status s = descent.Run(o.Flag(kPositive), o.Whole(kIterations), o.Number(kTol), &rounds);
      !s.ok())
    return s;
  state->own<double>(kIntercept)[0] = descent.Intercept();
  return MakeRounds(kRoundsArray, rounds, state);
}

Status FitLasso(const Fit& fit, State* state) { return FitPenalised(fit, 1, state); }
Status FitElasticNet(const Fit& fit, State* state) {
  return FitPenalised(fit, fit.options.Number(kL1Ratio), state);
}

}  // namespace
}  // namespace lasso

const Kind kLasso = {
    .name = "lasso",
    .sklearn = "Lasso",
    .task = Task::kRegress,
    .options = lasso::kLassoOptions,
    .arrays = lasso::kArrays,
    .fit = lasso::FitLasso,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

const Kind kElasticNet = {
    .name = "elastic_net",
    .sklearn = "ElasticNet",
    .task = Task::kRegress,
    .options = lasso::kElasticNetOptions,
    .arrays = lasso::kArrays,
    .fit = lasso::FitElasticNet,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
