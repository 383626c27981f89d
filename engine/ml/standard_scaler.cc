// engine/ml/standard_scaler.cc - features to mean 0 and variance 1.
#include <cmath>

#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/linear_model.h"
#include "engine/ml/scaling.h"

namespace moonlet::ml {
namespace standard_scaler {
namespace {

enum { kWithMean, kWithStd };
constexpr OptionSpec kOptions[] = {
    {"mean", "with_mean", OptionType::kFlag, 1},
    {"std", "with_std", OptionType::kFlag, 1},
};

enum { kMean, kVar, kScale, kCount };
constexpr ArraySpec kArrays[] = {
    {"mean", DType::kFloat64, "f"},
    {"var", DType::kFloat64, "f"},
    {"scale", DType::kFloat64, "f"},
    {"n_samples_seen", DType::kFloat64, "n"},
};

// One that varies by no more than rounding is left as it is.
double ScaleOf(double mean, double var, double samples) {
  constexpr double kEpsilon = 0x1p-52;
  const double bound =
      samples * kEpsilon * var + samples * mean * kEpsilon * (samples * mean * kEpsilon);
  return var <= bound ? 1.0 : std::sqrt(var);
}

Status PartialFit(const Fit& fit, State* state) {
  const Index f = fit.x.width;
  if (Status s = MakeVectors(state, {kMean, kVar, kScale}, f); !s.ok()) return s;
  if (Status s = MakeVectors(state, {kCount}, 1); !s.ok()) return s;
  const State* before = fit.before != nullptr ? &fit.before->state : nullptr;
  const double seen = before != nullptr ? before->get<double>(kCount)[0] : 0;
  const auto count = static_cast<double>(fit.x.count);
  double* means = state->own<double>(kMean);
  double* vars = state->own<double>(kVar);
  if (Status s = SumFeatures(fit, means); !s.ok()) return s;
  for (Index j = 0; j < f; ++j) means[j] /= count;
  if (Status s = SumSquares(fit, means, vars); !s.ok()) return s;
  for (Index j = 0; j < f; ++j) {
    double mean = means[j], squares = vars[j];
    if (before != nullptr) {
      const double d = before->get<double>(kMean)[j] - mean;
      squares += before->get<double>(kVar)[j] * seen + d * d * seen * count / (seen + count);
      mean = (before->get<double>(kMean)[j] * seen + mean * count) / (seen + count);
    }
    means[j] = mean;
    vars[j] = squares / (seen + count);
    state->own<double>(kScale)[j] =
        fit.options.Flag(kWithStd) ? ScaleOf(mean, squares / (seen + count), seen + count) : 1.0;
  }
  state->own<double>(kCount)[0] = seen + count;
  return {};
}

const double* Offset(const Estimator& e) {
  return e.options.Flag(kWithMean) ? e.state.get<double>(kMean) : nullptr;
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  Shrink(x, Offset(e), e.state.get<double>(kScale), out);
}

void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  Stretch(x, Offset(e), e.state.get<double>(kScale), out);
}

}  // namespace
}  // namespace standard_scaler

const Kind kStandardScaler = {
    .name = "standard_scaler",
    .sklearn = "StandardScaler",
    .task = Task::kTransform,
    .options = standard_scaler::kOptions,
    .arrays = standard_scaler::kArrays,
    .fit = standard_scaler::PartialFit,
    .partial_fit = standard_scaler::PartialFit,
    .transform = {Features, standard_scaler::RunTransform},
    .inverse = {Features, standard_scaler::RunInverse},
};

}  // namespace moonlet::ml
