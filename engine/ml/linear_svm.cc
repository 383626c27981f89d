// engine/ml/linear_svm.cc - linear support vector machines, for classes and for values.
//
// Dual coordinate descent: Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear
// SVM", 2008; Ho and Lin, "Large-scale Linear Support Vector Regression", 2012. Samples that are
// likely to stay at a bound are set aside until the others are done. As in LIBLINEAR the intercept
// is the coefficient of one more feature, which is `intercept_scaling` everywhere, and so is
// penalised a little.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/kernels/double_loops.h"
#include "engine/ml/buffer.h"
#include "engine/ml/kinds.h"
#include "engine/ml/linear_model.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {
namespace linear_svm {
namespace {

enum { kC, kLoss, kIterations, kTol, kFitIntercept, kInterceptScaling, kSeed, kEpsilon };
constexpr OptionSpec kCOption = {"C", "", OptionType::kNumber, 1, 1e-30f, 1e30f};
constexpr OptionSpec kIterationsOption = {"iterations", "max_iter", OptionType::kWhole,
                                          1000,         1,          1e9f};
constexpr OptionSpec kTolOption = {"tol", "", OptionType::kNumber, 1e-4, 0, 1e30f};
constexpr OptionSpec kInterceptOption = {"intercept", "fit_intercept", OptionType::kFlag, 1};
constexpr OptionSpec kScalingOption = {
    "intercept_scaling", "", OptionType::kNumber, 1, 1e-30f, 1e30f};
constexpr OptionSpec kSeedOption = {"seed", "random_state", OptionType::kSeed};
constexpr OptionSpec kSvmOptions[] = {
    kCOption,          {"loss", "", OptionType::kWord, 0, 0, 0, "squared_hinge|hinge"},
    kIterationsOption, kTolOption,
    kInterceptOption,  kScalingOption,
    kSeedOption};
constexpr OptionSpec kSvrOptions[] = {
    kCOption,
    {"loss", "", OptionType::kWord, 0, 0, 0, "epsilon_insensitive|squared_epsilon_insensitive"},
    kIterationsOption,
    kTolOption,
    kInterceptOption,
    kScalingOption,
    kSeedOption,
    {"epsilon", "", OptionType::kNumber, 0, 0, 1e30f}};

enum { kRoundsArray = kLinearArrays };
constexpr ArraySpec kSvmArrays[] = {kClassifierCoef, kClassifierIntercept, kRounds};
constexpr ArraySpec kSvrArrays[] = {kRegressorCoef, kRegressorIntercept, kRounds};

constexpr double kNoStep = 1e-12;  // what is not worth a step
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The dual problem: a multiplier for each sample, and the coefficients they add up to.
class Dual {
 public:
  Dual(const Fit& fit, bool squared)
      : fit_(fit),
        squared_(squared),
        bias_(fit.options.Flag(kFitIntercept) ? fit.options.Number(kInterceptScaling) : 0),
        coef_(fit.work.memory, fit.x.width + 1),
        multipliers_(fit.work.memory, fit.x.count),
        lengths_(fit.work.memory, fit.x.count),
        order_(fit.work.memory, fit.x.count) {}

  Status Prepare();
  // The linear function for row `row` of the model.
  Status Solve(Index row, int64_t* rounds);
  const double* coef() const { return coef_.data(); }
  double intercept() const { return bias_ * coef_[fit_.x.width]; }

 private:
  // What one round saw: how far multipliers are from where they should be.
  struct Seen {
    double most = -kInfinity, least = kInfinity;  // slopes, of classes
    double sum = 0, worst = 0;                    // violations, of values
  };
  double c(Index i) const { return fit_.options.Number(kC) * fit_.weight(i); }
  double Bound(Index i) const { return squared_ ? kInfinity : c(i); }
  double Softness(Index i) const { return squared_ ? 0.5 / c(i) : 0; }
  double Output(Index i) const {
    return DotOfFit(fit_.x.row(i), coef_.data(), fit_.x.width) + bias_ * coef_[fit_.x.width];
  }
  void Add(Index i, double factor);
  // False: the sample may be set aside.
  bool StepClass(Index i, double y, Seen* seen);
  bool StepValue(Index i, Seen* seen);
  void Open();
  Status Round(Index row, Seen* seen);

  const Fit& fit_;
  bool squared_;
  double bias_;
  Buffer<double> coef_;         // the intercept's last
  Buffer<double> multipliers_;  // of values with a sign
  Buffer<double> lengths_;      // squared, of samples
  Buffer<int32_t> order_;
  Index open_ = 0;  // samples not set aside, first in the order
  Seen bounds_;     // what the last round saw, beyond which samples are
};

Status Dual::Prepare() {
  for (const Buffer<double>* b : {&coef_, &multipliers_, &lengths_})
    if (!b->ok()) return b->Refusal();
  if (!order_.ok()) return order_.Refusal();
  for (Index i = 0; i < fit_.x.count; ++i) {
    if (Status s = fit_.work.Poll(); !s.ok()) return s;
    lengths_[i] = bias_ * bias_;
    for (Index j = 0; j < fit_.x.width; ++j)
      lengths_[i] += static_cast<double>(fit_.x.row(i)[j]) * fit_.x.row(i)[j];
  }
  return {};
}

void Dual::Add(Index i, double factor) {
  OverDoubles().add_scaled_floats(coef_.data(), fit_.x.row(i), factor, fit_.x.width);
  coef_[fit_.x.width] += factor * bias_;
}

bool Dual::StepClass(Index i, double y, Seen* seen) {
  const double before = multipliers_[i], curve = lengths_[i] + Softness(i);
  const double slope = y * Output(i) - 1 + Softness(i) * before;
  if (before == 0 && slope > bounds_.most) return false;
  if (before == Bound(i) && slope < bounds_.least) return false;
  double projected = slope;  // 0 where the bounds forbid to go down
  if (before == 0) projected = std::min(slope, 0.0);
  if (before == Bound(i)) projected = std::max(slope, 0.0);
  seen->most = std::max(seen->most, projected);
  seen->least = std::min(seen->least, projected);
  if (!(std::fabs(projected) > kNoStep) || !(curve > 0)) return true;
  multipliers_[i] = std::clamp(before - slope / curve, 0.0, Bound(i));
  Add(i, (multipliers_[i] - before) * y);
  return true;
}

bool Dual::StepValue(Index i, Seen* seen) {
  const double before = multipliers_[i], curve = lengths_[i] + Softness(i), bound = Bound(i);
  const double slope = Output(i) - fit_.targets[i] + Softness(i) * before;
  const double up = slope + fit_.options.Number(kEpsilon);    // the slope above 0
  const double down = slope - fit_.options.Number(kEpsilon);  // and below
  const double worst = bounds_.worst;
  double violation = 0;
  if (before == 0) {
    if (up > worst && down < -worst) return false;
    violation = std::max({-up, down, 0.0});
  } else if (before >= bound) {
    if (up < -worst) return false;
    violation = std::max(up, 0.0);
  } else if (before <= -bound) {
    if (down > worst) return false;
    violation = std::max(-down, 0.0);
  } else {
    violation = std::fabs(before > 0 ? up : down);
  }
  seen->sum += violation;
  seen->worst = std::max(seen->worst, violation);
  if (!(curve > 0)) return true;
  double step = -before;
  if (up < curve * before) step = -up / curve;
  if (down > curve * before) step = -down / curve;
  if (!(std::fabs(step) >= kNoStep)) return true;
  multipliers_[i] = std::clamp(before + step, -bound, bound);
  Add(i, multipliers_[i] - before);
  return true;
}

// Takes all samples back that were set aside, none to be so in the next round.
void Dual::Open() {
  open_ = fit_.x.count;
  bounds_ = {.most = kInfinity, .least = -kInfinity, .worst = kInfinity};
}

// Once over the open samples that count, in the order drawn.
Status Dual::Round(Index row, Seen* seen) {
  for (Index k = 0; k < open_;) {
    const Index i = order_[k];
    if (Status s = fit_.work.Poll(); !s.ok()) return s;
    const bool stays =
        c(i) > 0 &&
        (fit_.targets != nullptr ? StepValue(i, seen) : StepClass(i, TargetOf(fit_, i, row), seen));
    if (stays) {
      ++k;
    } else {
      std::swap(order_[k], order_[--open_]);
    }
  }
  return {};
}

Status Dual::Solve(Index row, int64_t* rounds) {
  std::fill_n(coef_.data(), fit_.x.width + 1, 0.0);
  std::fill_n(multipliers_.data(), fit_.x.count, 0.0);
  for (Index i = 0; i < fit_.x.count; ++i) order_[i] = static_cast<int32_t>(i);
  Random random(fit_.options.Seed(kSeed) + static_cast<uint64_t>(row));
  const int64_t iterations = fit_.options.Whole(kIterations);
  const double tol = fit_.options.Number(kTol);
  double first = 0;
  Open();
  for (*rounds = 1; *rounds <= iterations; ++*rounds) {
    const double share = static_cast<double>(*rounds) / static_cast<double>(iterations);
    if (Status s = fit_.work.Done(share); !s.ok()) return s;
    const bool all = open_ == fit_.x.count;
    for (Index i = open_ - 1; i > 0; --i)
      std::swap(order_[i], order_[static_cast<Index>(random.UpTo(static_cast<uint64_t>(i)))]);
    Seen seen;
    if (Status s = Round(row, &seen); !s.ok()) return s;
    if (*rounds == 1) first = seen.sum;
    if (fit_.targets != nullptr ? seen.sum <= tol * first : !(seen.most - seen.least > tol)) {
      if (all) return {};
      Open();
      continue;
    }
    bounds_ = {.most = seen.most > 0 ? seen.most : kInfinity,
               .least = seen.least < 0 ? seen.least : -kInfinity,
               .worst = seen.worst};
  }
  *rounds = iterations;
  return {};
}

Status FitDual(const Fit& fit, bool squared, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  Dual dual(fit, squared);
  if (Status s = dual.Prepare(); !s.ok()) return s;
  const Index rows = (*state)[kIntercept].dim(0);
  int64_t most = 0;
  for (Index r = 0; r < rows; ++r) {
    int64_t rounds;
    if (Status s = dual.Solve(r, &rounds); !s.ok()) return s;
    std::copy_n(dual.coef(), fit.x.width, state->own<double>(kCoef) + r * fit.x.width);
    state->own<double>(kIntercept)[r] = dual.intercept();
    most = std::max(most, rounds);
  }
  return MakeRounds(kRoundsArray, most, state);
}

// The first word of `loss` is the squared one of classes, the plain one of values.
Status FitSvm(const Fit& fit, State* state) {
  return FitDual(fit, fit.options.Word(kLoss) == 0, state);
}
Status FitSvr(const Fit& fit, State* state) {
  return FitDual(fit, fit.options.Word(kLoss) == 1, state);
}

}  // namespace
}  // namespace linear_svm

const Kind kLinearSvm = {
    .name = "linear_svm",
    .sklearn = "LinearSVC",
    .task = Task::kClassify,
    .options = linear_svm::kSvmOptions,
    .arrays = linear_svm::kSvmArrays,
    .fit = linear_svm::FitSvm,
    .check = CheckLinearClassifier,
    .decision = kLinearMethod,
    .weights = true,
};

const Kind kLinearSvr = {
    .name = "linear_svr",
    .sklearn = "LinearSVR",
    .task = Task::kRegress,
    .options = linear_svm::kSvrOptions,
    .arrays = linear_svm::kSvrArrays,
    .fit = linear_svm::FitSvr,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
