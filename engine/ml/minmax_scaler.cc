// engine/ml/minmax_scaler.cc - features to a range, by their least and largest value.
#include <algorithm>

#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/scaling.h"

namespace moonlet::ml {
namespace minmax_scaler {
namespace {

enum { kLow, kHigh, kClip };
constexpr OptionSpec kOptions[] = {
    {"low", "feature_range", OptionType::kNumber, 0, -1e30f, 1e30f},
    {"high", "feature_range", OptionType::kNumber, 1, -1e30f, 1e30f},
    {"clip", "", OptionType::kFlag, 0},
};

enum { kScale, kMin, kDataMin, kDataMax, kCount };
constexpr ArraySpec kArrays[] = {
    {"scale", DType::kFloat64, "f"},          {"min", DType::kFloat64, "f"},
    {"data_min", DType::kFloat64, "f"},       {"data_max", DType::kFloat64, "f"},
    {"n_samples_seen", DType::kFloat64, "n"},
};

// The least and the largest value of a feature, those seen before included.
void Extend(const Fit& fit, Index j, double* least, double* largest) {
  *least = *largest = fit.x.row(0)[j];
  if (fit.before != nullptr) {
    *least = std::min(*least, fit.before->state.get<double>(kDataMin)[j]);
    *largest = std::max(*largest, fit.before->state.get<double>(kDataMax)[j]);
  }
  for (Index i = 0; i < fit.x.count; ++i) {
    *least = std::min<double>(*least, fit.x.row(i)[j]);
    *largest = std::max<double>(*largest, fit.x.row(i)[j]);
  }
}

Status PartialFit(const Fit& fit, State* state) {
  const double low = fit.options.Number(kLow), high = fit.options.Number(kHigh);
  if (!(low < high)) return Status::Invalid("low is %g, expected less than high, %g", low, high);
  if (Status s = MakeVectors(state, {kScale, kMin, kDataMin, kDataMax}, fit.x.width); !s.ok())
    return s;
  if (Status s = MakeVectors(state, {kCount}, 1); !s.ok()) return s;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double& least = state->own<double>(kDataMin)[j];
    double& largest = state->own<double>(kDataMax)[j];
    Extend(fit, j, &least, &largest);
    const double scale = (high - low) / UsableScale(largest - least);
    state->own<double>(kScale)[j] = scale;
    state->own<double>(kMin)[j] = low - least * scale;
  }
  const double seen = fit.before != nullptr ? fit.before->state.get<double>(kCount)[0] : 0;
  state->own<double>(kCount)[0] = seen + static_cast<double>(fit.x.count);
  return {};
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  Stretch(x, e.state.get<double>(kMin), e.state.get<double>(kScale), out);
  if (!e.options.Flag(kClip)) return;
  const double low = e.number(kLow), high = e.number(kHigh);
  for (Index i = 0; i < x.count * x.width; ++i) out[i] = std::max(low, std::min(high, out[i]));
}

void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  Shrink(x, e.state.get<double>(kMin), e.state.get<double>(kScale), out);
}

}  // namespace
}  // namespace minmax_scaler

const Kind kMinmaxScaler = {
    .name = "minmax_scaler",
    .sklearn = "MinMaxScaler",
    .task = Task::kTransform,
    .options = minmax_scaler::kOptions,
    .arrays = minmax_scaler::kArrays,
    .fit = minmax_scaler::PartialFit,
    .partial_fit = minmax_scaler::PartialFit,
    .transform = {Features, minmax_scaler::RunTransform},
    .inverse = {Features, minmax_scaler::RunInverse},
};

}  // namespace moonlet::ml
