// engine/ml/robust_scaler.cc - features by median and range of quantiles, which outliers hardly
// move.
#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/scaling.h"

namespace moonlet::ml {
namespace robust_scaler {
namespace {

enum { kCentering, kScaling, kLow, kHigh };
constexpr OptionSpec kOptions[] = {
    {"center", "with_centering", OptionType::kFlag, 1},
    {"scale", "with_scaling", OptionType::kFlag, 1},
    {"low", "quantile_range", OptionType::kNumber, 25, 0, 100},
    {"high", "quantile_range", OptionType::kNumber, 75, 0, 100},
};

enum { kCenter, kScale };
constexpr ArraySpec kArrays[] = {
    {"center", DType::kFloat64, "f"},
    {"scale", DType::kFloat64, "f"},
};

Status FitScaler(const Fit& fit, State* state) {
  constexpr double kPercent = 100;
  const double low = fit.options.Number(kLow) / kPercent;
  const double high = fit.options.Number(kHigh) / kPercent;
  if (!(low < high))
    return Status::Invalid("low is %g, expected less than high, %g", low * kPercent,
                           high * kPercent);
  if (Status s = MakeVectors(state, {kCenter, kScale}, fit.x.width); !s.ok()) return s;
  Buffer<double> column(fit.work.memory, fit.x.count);
  if (!column.ok()) return column.Refusal();
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    const double* sorted = column.data();
    const Index n = SortedColumn(fit.x, j, column.data());
    const double range = QuantileOf(sorted, n, high) - QuantileOf(sorted, n, low);
    state->own<double>(kCenter)[j] = QuantileOf(sorted, n, 0.5);
    state->own<double>(kScale)[j] = UsableScale(range);
  }
  return {};
}

const double* Offset(const Estimator& e) {
  return e.options.Flag(kCentering) ? e.state.get<double>(kCenter) : nullptr;
}

const double* Scale(const Estimator& e) {
  return e.options.Flag(kScaling) ? e.state.get<double>(kScale) : nullptr;
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  Shrink(x, Offset(e), Scale(e), out);
}

void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  Stretch(x, Offset(e), Scale(e), out);
}

}  // namespace
}  // namespace robust_scaler

const Kind kRobustScaler = {
    .name = "robust_scaler",
    .sklearn = "RobustScaler",
    .task = Task::kTransform,
    .options = robust_scaler::kOptions,
    .arrays = robust_scaler::kArrays,
    .fit = robust_scaler::FitScaler,
    .transform = {Features, robust_scaler::RunTransform},
    .inverse = {Features, robust_scaler::RunInverse},
};

}  // namespace moonlet::ml
