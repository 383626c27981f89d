// engine/ml/logistic.cc - logistic regression with a penalty on squared coefficients.
//
// Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 4.4. More
// than two classes share one softmax, or each has a logistic function against all others.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/kinds.h"
#include "engine/ml/lbfgs.h"
#include "engine/ml/scaled_model.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace logistic {
namespace {

enum { kC, kPenalty, kMultiClass, kIterations, kTol, kFitIntercept };
enum { kNone = 1 };
enum { kOneVersusRest = 1 };
constexpr OptionSpec kOptions[] = {
    {"C", "", OptionType::kNumber, 1, 1e-30f, 1e30f},
    {"penalty", "", OptionType::kWord, 0, 0, 0, "l2|none"},
    {"multi_class", "", OptionType::kWord, 0, 0, 0, "multinomial|ovr"},
    {"iterations", "max_iter", OptionType::kWhole, 100, 1, 1e9f},
    {"tol", "", OptionType::kNumber, 1e-4, 0, 1e30f},
    {"intercept", "fit_intercept", OptionType::kFlag, 1},
};

enum { kRoundsArray = kLinearArrays };
constexpr ArraySpec kArrays[] = {kClassifierCoef, kClassifierIntercept, kRounds};

// log(1 + exp(-z)) and what multiplies the slope of z in it.
double LogisticLoss(double z, double* slope) {
  const double e = moonlet_exp(-std::fabs(z));
  *slope = -(z > 0 ? e : 1) / (1 + e);
  return moonlet_log1p(e) - std::min(z, 0.0);
}

// The negative log-likelihood and the penalty: of all rows in one softmax, or of one against the
// rest.
class LogisticLikelihood final : public Smooth {
 public:
  LogisticLikelihood(const Fit& fit, Index rows)
      : fit_(fit), rows_(rows), model_(fit, rows), outputs_(fit.work.memory, kBlockRows, rows) {}

  Status Prepare() {
    if (!outputs_.ok()) return outputs_.Refusal();
    return model_.Prepare(fit_.options.Flag(kFitIntercept));
  }
  // One row only: which of a model of several.
  void Choose(Index row) { chosen_ = row; }
  ScaledModel& model() { return model_; }

  Status Evaluate(const double* point, double* value, double* gradient) override {
    model_.Take(point);
    *value = 0;
    const Index block = model_.block();
    for (Index first = 0; first < fit_.x.count; first += block) {
      if (Status s = fit_.work.Poll(); !s.ok()) return s;
      const Samples part = fit_.x.part(first, std::min(block, fit_.x.count - first));
      model_.Predict(part, outputs_.data());
      for (Index i = 0; i < part.count; ++i)
        *value += Slopes(first + i, outputs_.data() + i * rows_);
      model_.AddSlopes(part, outputs_.data());
    }
    if (fit_.options.Word(kPenalty) != kNone)
      *value += model_.AddPenalty(1 / fit_.options.Number(kC));
    model_.Give(gradient);
    return {};
  }

 private:
  // The loss of sample i; its outputs become the slopes.
  double Slopes(Index i, double* outputs) const {
    const double weight = fit_.weight(i);
    if (rows_ == 1) {
      const double sign = TargetOf(fit_, i, chosen_);
      const double loss = LogisticLoss(sign * outputs[0], outputs);
      outputs[0] *= sign * weight;
      return weight * loss;
    }
    const double own = outputs[fit_.codes[i]];
    const double loss = LogSumExp(outputs, rows_) - own;
    Softmax(outputs, rows_);
    outputs[fit_.codes[i]] -= 1;
    for (Index r = 0; r < rows_; ++r) outputs[r] *= weight;
    return weight * loss;
  }

  const Fit& fit_;
  Index rows_, chosen_ = 0;
  ScaledModel model_;
  Buffer<double> outputs_;
};

Status FitLogistic(const Fit& fit, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  const Index all = RowsFor(fit.classes);
  const Index together = fit.options.Word(kMultiClass) == kOneVersusRest ? 1 : all;
  LogisticLikelihood likelihood(fit, together);
  if (Status s = likelihood.Prepare(); !s.ok()) return s;
  ScaledModel& model = likelihood.model();
  Buffer<double> point(fit.work.memory, model.size());
  if (!point.ok()) return point.Refusal();
  int64_t most = 0;
  for (Index row = 0; row < all; row += together) {
    int64_t rounds;
    likelihood.Choose(row);
    std::fill_n(point.data(), model.size(), 0.0);
    if (Status s =
            MinimizeLbfgs(&likelihood, point.data(), model.size(), fit.options.Whole(kIterations),
                          fit.options.Number(kTol), fit.work, &rounds);
        !s.ok())
      return s;
    most = std::max(most, rounds);
    model.Take(point.data());
    std::copy_n(model.coef(), together * fit.x.width,
                state->own<double>(kCoef) + row * fit.x.width);
    std::copy_n(model.intercept(), together, state->own<double>(kIntercept) + row);
  }
  return MakeRounds(kRoundsArray, most, state);
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (e.classes == 2 || e.options.Word(kMultiClass) == kOneVersusRest)
    return RunLogisticProba(e, x, out, scratch);
  RunLinear(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
}

}  // namespace
}  // namespace logistic

const Kind kLogistic = {
    .name = "logistic",
    .sklearn = "LogisticRegression",
    .task = Task::kClassify,
    .options = logistic::kOptions,
    .arrays = logistic::kArrays,
    .fit = logistic::FitLogistic,
    .check = CheckLinearClassifier,
    .proba = {Classes, logistic::RunProba, nullptr, LinearWork},
    .decision = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
