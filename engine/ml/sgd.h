// engine/ml/sgd.h - linear models by stochastic gradient descent: one sample after the other, in a
// random order, moves the coefficients.
//
// Bottou, "Stochastic Gradient Descent Tricks", 2012; the penalty on sizes as Tsuruoka, Tsujii and
// Ananiadou, "Stochastic Gradient Descent Training for L1-regularized Log-linear Models with
// Cumulative Penalty", 2009. Passive-aggressive steps: Crammer et al., "Online Passive-Aggressive
// Algorithms", 2006. Losses, schedules and the order of things are scikit-learn's.
#pragma once
#include "engine/ml/linear_model.h"

namespace moonlet::ml {

enum class Loss : uint8_t {
  // Of classifiers, whose targets are 1 and -1.
  kHinge,
  kLog,
  kModifiedHuber,
  kSquaredHinge,
  kPerceptron,
  // Of regressors.
  kSquared,
  kHuber,
  kEpsilonInsensitive,
  kSquaredEpsilonInsensitive,
};

enum class Penalty : uint8_t { kL2, kL1, kElasticNet, kNone };

enum class Schedule : uint8_t {
  kOptimal,     // falls as 1 / t
  kConstant,    // eta0
  kInvScaling,  // eta0 / t^power_t
  kAdaptive,    // eta0, a fifth of it whenever there is no progress
  kPa1,         // what corrects the sample, at most C
  kPa2,         // the same, softened
};

// Options that all kinds have, in this order, first.
enum SgdOption {
  kSgdIterations,
  kSgdTol,
  kSgdPatience,
  kSgdShuffle,
  kSgdAverage,
  kSgdFitIntercept,
  kSgdSeed,
  kSgdOptions
};
inline constexpr OptionSpec kIterationsOption = {"iterations", "max_iter", OptionType::kWhole,
                                                 1000,         1,          1e9f};
inline constexpr OptionSpec kTolOption = {"tol", "", OptionType::kNumber, 1e-3, 0, 1e30f, "none"};
inline constexpr OptionSpec kPatienceOption = {
    "patience", "n_iter_no_change", OptionType::kWhole, 5, 1, 1e9f};
inline constexpr OptionSpec kShuffleOption = {"shuffle", "", OptionType::kFlag, 1};
inline constexpr OptionSpec kAverageOption = {"average", "", OptionType::kWhole, 0, 0, 1e15f};
inline constexpr OptionSpec kInterceptOption = {"intercept", "fit_intercept", OptionType::kFlag, 1};
inline constexpr OptionSpec kSeedOption = {"seed", "random_state", OptionType::kSeed};

// And arrays: `t` counts samples from 1; `standard_` are the coefficients themselves where `coef`
// is their average.
enum SgdArray { kT = kLinearArrays, kStandardCoef, kStandardIntercept };
inline constexpr ArraySpec kTArray = {"t", DType::kFloat64, "t"};

// What kinds differ in.
struct SgdPlan {
  Loss loss = Loss::kHinge;
  Penalty penalty = Penalty::kNone;
  Schedule schedule = Schedule::kConstant;
  double alpha = 0;     // the penalty's factor
  double l1_ratio = 0;  // share of it on sizes
  double eta0 = 1;
  double power_t = 0;
  double epsilon = 0;  // of the loss
  double c = 0;        // of passive-aggressive steps
};

// `partial`: once over the samples, from fit.before on.
Status FitSgd(const Fit& fit, const SgdPlan& plan, bool partial, State* state);
// kInvalid for a state that partial_fit cannot go on from.
Status CheckSgd(const Estimator& e);

}  // namespace moonlet::ml
