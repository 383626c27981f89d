// engine/ml/sgd_models.cc - the kinds that learn by stochastic gradient descent (sgd.h).
#include <algorithm>

#include "engine/ml/kinds.h"
#include "engine/ml/sgd.h"

namespace moonlet::ml {
namespace sgd_models {
namespace {

constexpr OptionSpec kAlphaOption = {"alpha", "", OptionType::kNumber, 1e-4, 0, 1e30f};
constexpr OptionSpec kL1RatioOption = {"l1_ratio", "", OptionType::kNumber, 0.15, 0, 1};
constexpr OptionSpec kEpsilonOption = {"epsilon", "", OptionType::kNumber, 0.1, 0, 1e30f};
constexpr OptionSpec kCOption = {"C", "", OptionType::kNumber, 1, 1e-30f, 1e30f};
constexpr const char* kPenalties = "l2|l1|elasticnet|none";
constexpr const char* kSchedules = "optimal|constant|invscaling|adaptive";

enum { kLoss = kSgdOptions, kPenalty, kAlpha, kL1Ratio, kSchedule, kEta0, kPowerT, kEpsilon };
constexpr OptionSpec kSgdTable[] = {
    kIterationsOption,
    kTolOption,
    kPatienceOption,
    kShuffleOption,
    kAverageOption,
    kInterceptOption,
    kSeedOption,
    {"loss", "", OptionType::kWord, 0, 0, 0,
     "hinge|log_loss|modified_huber|squared_hinge|perceptron"},
    {"penalty", "", OptionType::kWord, 0, 0, 0, kPenalties},
    kAlphaOption,
    kL1RatioOption,
    {"schedule", "learning_rate", OptionType::kWord, 0, 0, 0, kSchedules},
    {"eta0", "", OptionType::kNumber, 0, 0, 1e30f},
    {"power_t", "", OptionType::kNumber, 0.5, -1e30f, 1e30f},
};
constexpr OptionSpec kSgdRegressorTable[] = {
    kIterationsOption,
    kTolOption,
    kPatienceOption,
    kShuffleOption,
    kAverageOption,
    kInterceptOption,
    kSeedOption,
    {"loss", "", OptionType::kWord, 0, 0, 0,
     "squared_error|huber|epsilon_insensitive|squared_epsilon_insensitive"},
    {"penalty", "", OptionType::kWord, 0, 0, 0, kPenalties},
    kAlphaOption,
    kL1RatioOption,
    {"schedule", "learning_rate", OptionType::kWord, 2, 0, 0, kSchedules},
    {"eta0", "", OptionType::kNumber, 0.01, 0, 1e30f},
    {"power_t", "", OptionType::kNumber, 0.25, -1e30f, 1e30f},
    kEpsilonOption,
};

enum { kPerceptronPenalty = kSgdOptions, kPerceptronAlpha, kPerceptronL1Ratio, kPerceptronEta0 };
constexpr OptionSpec kPerceptronTable[] = {
    kIterationsOption,
    kTolOption,
    kPatienceOption,
    kShuffleOption,
    kAverageOption,
    kInterceptOption,
    kSeedOption,
    {"penalty", "", OptionType::kWord, 3, 0, 0, kPenalties},
    kAlphaOption,
    kL1RatioOption,
    {"eta0", "", OptionType::kNumber, 1, 0, 1e30f},
};

enum { kPaLoss = kSgdOptions, kC, kPaEpsilon };
constexpr OptionSpec kPassiveAggressiveTable[] = {
    kIterationsOption, kTolOption,
    kPatienceOption,   kShuffleOption,
    kAverageOption,    kInterceptOption,
    kSeedOption,       {"loss", "", OptionType::kWord, 0, 0, 0, "hinge|squared_hinge"},
    kCOption,
};
constexpr OptionSpec kPassiveAggressiveRegressorTable[] = {
    kIterationsOption,
    kTolOption,
    kPatienceOption,
    kShuffleOption,
    kAverageOption,
    kInterceptOption,
    kSeedOption,
    {"loss", "", OptionType::kWord, 0, 0, 0, "epsilon_insensitive|squared_epsilon_insensitive"},
    kCOption,
    kEpsilonOption,
};

constexpr ArraySpec kClassifierArrays[] = {
    kClassifierCoef,
    kClassifierIntercept,
    kTArray,
    {"standard_coef", DType::kFloat64, "rf", true},
    {"standard_intercept", DType::kFloat64, "r", true},
};
constexpr ArraySpec kRegressorArrays[] = {
    kRegressorCoef,
    kRegressorIntercept,
    kTArray,
    {"standard_coef", DType::kFloat64, "f", true},
    {"standard_intercept", DType::kFloat64, "i", true},
};

SgdPlan PlanOf(const Fit& fit) {
  const Options& o = fit.options;
  const bool regress = fit.targets != nullptr;
  const int first = static_cast<int>(regress ? Loss::kSquared : Loss::kHinge);
  return {.loss = static_cast<Loss>(first + o.Word(kLoss)),
          .penalty = static_cast<Penalty>(o.Word(kPenalty)),
          .schedule = static_cast<Schedule>(o.Word(kSchedule)),
          .alpha = o.Number(kAlpha),
          .l1_ratio = o.Number(kL1Ratio),
          .eta0 = o.Number(kEta0),
          .power_t = o.Number(kPowerT),
          .epsilon = regress ? o.Number(kEpsilon) : 0};
}

SgdPlan PerceptronPlanOf(const Fit& fit) {
  return {.loss = Loss::kPerceptron,
          .penalty = static_cast<Penalty>(fit.options.Word(kPerceptronPenalty)),
          .alpha = fit.options.Number(kPerceptronAlpha),
          .l1_ratio = fit.options.Number(kPerceptronL1Ratio),
          .eta0 = fit.options.Number(kPerceptronEta0)};
}

SgdPlan PassiveAggressivePlanOf(const Fit& fit) {
  const bool regress = fit.targets != nullptr;
  return {.loss = regress ? Loss::kEpsilonInsensitive : Loss::kHinge,
          .schedule = fit.options.Word(kPaLoss) == 0 ? Schedule::kPa1 : Schedule::kPa2,
          .epsilon = regress ? fit.options.Number(kPaEpsilon) : 0,
          .c = fit.options.Number(kC)};
}

template <SgdPlan (*kPlanOf)(const Fit&), bool kPartial>
Status FitBy(const Fit& fit, State* state) {
  return FitSgd(fit, kPlanOf(fit), kPartial, state);
}

Loss LossOfModel(const Estimator& e) { return static_cast<Loss>(e.options.Word(kLoss)); }

// 0 where the loss says nothing of probabilities.
Index ProbaWidth(const Estimator& e) {
  const Loss loss = LossOfModel(e);
  return loss == Loss::kLog || loss == Loss::kModifiedHuber ? e.classes : 0;
}

// (decision, cut to -1 to 1, + 1) / 2 for each row.
void RunModifiedHuberProba(const Estimator& e, const Samples& x, double* out) {
  const Index rows = LinearRows(e), classes = e.classes;
  RunLinear(e, x, out, nullptr);
  for (Index i = x.count - 1; rows == 1 && i >= 0; --i) {
    const double p = (std::clamp(out[i], -1.0, 1.0) + 1) / 2;
    out[2 * i] = 1 - p;
    out[2 * i + 1] = p;
  }
  for (Index i = 0; rows > 1 && i < x.count; ++i) {
    double* row = out + i * classes;
    double sum = 0;
    for (Index k = 0; k < classes; ++k) sum += row[k] = (std::clamp(row[k], -1.0, 1.0) + 1) / 2;
    for (Index k = 0; k < classes; ++k)
      row[k] = sum > 0 ? row[k] / sum : 1 / static_cast<double>(classes);
  }
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (LossOfModel(e) == Loss::kLog) return RunLogisticProba(e, x, out, scratch);
  if (LossOfModel(e) == Loss::kModifiedHuber) RunModifiedHuberProba(e, x, out);
}

}  // namespace
}  // namespace sgd_models

const Kind kSgd = {
    .name = "sgd",
    .sklearn = "SGDClassifier",
    .task = Task::kClassify,
    .options = sgd_models::kSgdTable,
    .arrays = sgd_models::kClassifierArrays,
    .fit = sgd_models::FitBy<sgd_models::PlanOf, false>,
    .partial_fit = sgd_models::FitBy<sgd_models::PlanOf, true>,
    .check = CheckSgd,
    .proba = {sgd_models::ProbaWidth, sgd_models::RunProba, nullptr, LinearWork},
    .decision = kLinearMethod,
    .weights = true,
};

const Kind kSgdRegressor = {
    .name = "sgd_regressor",
    .sklearn = "SGDRegressor",
    .task = Task::kRegress,
    .options = sgd_models::kSgdRegressorTable,
    .arrays = sgd_models::kRegressorArrays,
    .fit = sgd_models::FitBy<sgd_models::PlanOf, false>,
    .partial_fit = sgd_models::FitBy<sgd_models::PlanOf, true>,
    .check = CheckSgd,
    .predict = kLinearMethod,
    .weights = true,
};

const Kind kPerceptron = {
    .name = "perceptron",
    .sklearn = "Perceptron",
    .task = Task::kClassify,
    .options = sgd_models::kPerceptronTable,
    .arrays = sgd_models::kClassifierArrays,
    .fit = sgd_models::FitBy<sgd_models::PerceptronPlanOf, false>,
    .partial_fit = sgd_models::FitBy<sgd_models::PerceptronPlanOf, true>,
    .check = CheckSgd,
    .decision = kLinearMethod,
    .weights = true,
};

const Kind kPassiveAggressive = {
    .name = "passive_aggressive",
    .sklearn = "PassiveAggressiveClassifier",
    .task = Task::kClassify,
    .options = sgd_models::kPassiveAggressiveTable,
    .arrays = sgd_models::kClassifierArrays,
    .fit = sgd_models::FitBy<sgd_models::PassiveAggressivePlanOf, false>,
    .partial_fit = sgd_models::FitBy<sgd_models::PassiveAggressivePlanOf, true>,
    .check = CheckSgd,
    .decision = kLinearMethod,
    .weights = true,
};

const Kind kPassiveAggressiveRegressor = {
    .name = "passive_aggressive_regressor",
    .sklearn = "PassiveAggressiveRegressor",
    .task = Task::kRegress,
    .options = sgd_models::kPassiveAggressiveRegressorTable,
    .arrays = sgd_models::kRegressorArrays,
    .fit = sgd_models::FitBy<sgd_models::PassiveAggressivePlanOf, false>,
    .partial_fit = sgd_models::FitBy<sgd_models::PassiveAggressivePlanOf, true>,
    .check = CheckSgd,
    .predict = kLinearMethod,
    .weights = true,
};

}  // namespace moonlet::ml
