// engine/ml/huber.cc - regression that outliers do not bend.
//
// Owen, "A Robust Hybrid of Lasso and Ridge Regression", 2007: Huber's loss, squared up to
// `epsilon` deviations and linear beyond, where the deviation is found along with the coefficients.
// Its logarithm is what the optimiser sees, so it stays above 0.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/libm.h"
#include "engine/ml/kinds.h"
#include "engine/ml/lbfgs.h"
#include "engine/ml/scaled_model.h"

namespace moonlet::ml {
namespace huber {
namespace {

enum { kEpsilon, kAlpha, kIterations, kTol, kFitIntercept };
constexpr OptionSpec kOptions[] = {
    {"epsilon", "", OptionType::kNumber, 1.35, 1, 1e30f},
    {"alpha", "", OptionType::kNumber, 1e-4, 0, 1e30f},
    {"iterations", "max_iter", OptionType::kWhole, 100, 1, 1e9f},
    {"tol", "", OptionType::kNumber, 1e-5, 0, 1e30f},
    {"intercept", "fit_intercept", OptionType::kFlag, 1},
};

enum { kScale = kLinearArrays, kRoundsArray };
constexpr ArraySpec kArrays[] = {
    kRegressorCoef, kRegressorIntercept, {"scale", DType::kFloat64, "s"}, kRounds};

// Below it a fit is perfect.
constexpr double kLeastScale = 10 * std::numeric_limits<double>::epsilon();

// A point is that of the model, then the logarithm of the deviation.
class HuberLoss final : public Smooth {
 public:
  explicit HuberLoss(const Fit& fit)
      : fit_(fit),
        total_(WeightSum(fit)),
        epsilon_(fit.options.Number(kEpsilon)),
        model_(fit, 1),
        outputs_(fit.work.memory, kBlockRows) {}

  Status Prepare() {
    if (!outputs_.ok()) return outputs_.Refusal();
    return model_.Prepare(fit_.options.Flag(kFitIntercept));
  }
  Index size() const { return model_.size() + 1; }
  ScaledModel& model() { return model_; }
  double ScaleAt(const double* point) const {
    return std::max(moonlet_exp(point[model_.size()]), kLeastScale);
  }

  Status Evaluate(const double* point, double* value, double* gradient) override {
    const double scale = ScaleAt(point);
    model_.Take(point);
    *value = total_ * scale;
    double along = total_;  // the slope of the deviation
    const Index block = model_.block();
    for (Index first = 0; first < fit_.x.count; first += block) {
      if (Status s = fit_.work.Poll(); !s.ok()) return s;
      const Samples part = fit_.x.part(first, std::min(block, fit_.x.count - first));
      model_.Predict(part, outputs_.data());
      for (Index i = 0; i < part.count; ++i)
        outputs_[i] = Slope(first + i, outputs_[i], scale, value, &along);
      model_.AddSlopes(part, outputs_.data());
    }
    *value += model_.AddPenalty(2 * fit_.options.Number(kAlpha));
    model_.Give(gradient);
    gradient[model_.size()] = scale > kLeastScale ? along * scale : 0;
    return {};
  }

 private:
  // Adds sample i to value and slope of the deviation; gives the slope of its output.
  double Slope(Index i, double output, double scale, double* value, double* along) const {
    const double rest = fit_.targets[i] - output, weight = fit_.weight(i);
    const double deviations = rest / scale;
    if (std::fabs(deviations) <= epsilon_) {
      *value += weight * rest * deviations;
      *along -= weight * deviations * deviations;
      return -2 * weight * deviations;
    }
    *value += weight * epsilon_ * (2 * std::fabs(rest) - scale * epsilon_);
    *along -= weight * epsilon_ * epsilon_;
    return rest > 0 ? -2 * weight * epsilon_ : 2 * weight * epsilon_;
  }

  const Fit& fit_;
  double total_, epsilon_;
  ScaledModel model_;
  Buffer<double> outputs_;
};

// The deviation of targets, where the search for the deviation begins.
double Deviation(const Fit& fit) {
  const double mean = MeanTarget(fit, 0);
  double squares = 0;
  for (Index i = 0; i < fit.x.count; ++i)
    squares += fit.weight(i) * (fit.targets[i] - mean) * (fit.targets[i] - mean);
  return std::sqrt(squares / WeightSum(fit));
}

Status FitHuber(const Fit& fit, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  if (Status s = state->Make(kScale, DType::kFloat64, {1}); !s.ok()) return s;
  HuberLoss loss(fit);
  if (Status s = loss.Prepare(); !s.ok()) return s;
  ScaledModel& model = loss.model();
  Buffer<double> point(fit.work.memory, loss.size());
  if (!point.ok()) return point.Refusal();
  if (fit.options.Flag(kFitIntercept)) point[model.size() - 1] = MeanTarget(fit, 0);
  point[model.size()] = moonlet_log(std::max(Deviation(fit), kLeastScale));
  int64_t rounds;
  if (Status s = MinimizeLbfgs(&loss, point.data(), loss.size(), fit.options.Whole(kIterations),
                               fit.options.Number(kTol), fit.work, &rounds);
      !s.ok())
    return s;
  model.Take(point.data());
  std::copy_n(model.coef(), fit.x.width, state->own<double>(kCoef));
  state->own<double>(kIntercept)[0] = model.intercept()[0];
  state->own<double>(kScale)[0] = loss.ScaleAt(point.data());
  return MakeRounds(kRoundsArray, rounds, state);
}

}  // namespace
}  // namespace huber

const Kind kHuber = {
    .name = "huber",
    .sklearn = "HuberRegressor",
    .task = Task::kRegress,
    .options = huber::kOptions,
    .arrays = huber::kArrays,
    .fit = huber::FitHuber,
    .check = CheckLinearRegressor,
    .predict = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
