// engine/ml/maxabs_scaler.cc - features to -1..1 by their largest magnitude; 0 stays 0.
#include <algorithm>
#include <cmath>

#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/scaling.h"

namespace moonlet::ml {
namespace maxabs_scaler {
namespace {

enum { kScale, kMaxAbs, kCount };
constexpr ArraySpec kArrays[] = {
    {"scale", DType::kFloat64, "f"},
    {"max_abs", DType::kFloat64, "f"},
    {"n_samples_seen", DType::kFloat64, "n"},
};

Status PartialFit(const Fit& fit, State* state) {
  if (Status s = MakeVectors(state, {kScale, kMaxAbs}, fit.x.width); !s.ok()) return s;
  if (Status s = MakeVectors(state, {kCount}, 1); !s.ok()) return s;
  const State* before = fit.before != nullptr ? &fit.before->state : nullptr;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double largest = before != nullptr ? before->get<double>(kMaxAbs)[j] : 0;
    for (Index i = 0; i < fit.x.count; ++i)
      largest = std::max<double>(largest, std::fabs(fit.x.row(i)[j]));
    state->own<double>(kMaxAbs)[j] = largest;
    state->own<double>(kScale)[j] = UsableScale(largest);
  }
  const double seen = before != nullptr ? before->get<double>(kCount)[0] : 0;
  state->own<double>(kCount)[0] = seen + static_cast<double>(fit.x.count);
  return {};
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  Shrink(x, nullptr, e.state.get<double>(kScale), out);
}

void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  Stretch(x, nullptr, e.state.get<double>(kScale), out);
}

}  // namespace
}  // namespace maxabs_scaler

const Kind kMaxabsScaler = {
    .name = "maxabs_scaler",
    .sklearn = "MaxAbsScaler",
    .task = Task::kTransform,
    .options = {},
    .arrays = maxabs_scaler::kArrays,
    .fit = maxabs_scaler::PartialFit,
    .partial_fit = maxabs_scaler::PartialFit,
    .transform = {Features, maxabs_scaler::RunTransform},
    .inverse = {Features, maxabs_scaler::RunInverse},
};

}  // namespace moonlet::ml
