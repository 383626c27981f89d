// engine/ml/variance_threshold.cc - leaves out features that hardly vary.
#include <algorithm>

#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace variance_threshold {
namespace {

enum { kThreshold };
constexpr OptionSpec kOptions[] = {{"threshold", "", OptionType::kNumber, 0, 0, 1e30f}};

enum { kVariances };
constexpr ArraySpec kArrays[] = {{"variances", DType::kFloat64, "f"}};

bool Kept(const Estimator& e, Index j) {
  return e.state.get<double>(kVariances)[j] > e.number(kThreshold);
}

Index Width(const Estimator& e) {
  Index width = 0;
  for (Index j = 0; j < e.features; ++j) width += Kept(e, j) ? 1 : 0;
  return width;
}

// For the threshold 0 no more than the range, which rounding does not make more than 0.
double VarianceOf(const Samples& x, Index j, bool ranges) {
  double mean = 0, squares = 0, least = x.row(0)[j], largest = least;
  for (Index i = 0; i < x.count; ++i) {
    const double v = x.row(i)[j];
    mean += v;
    least = std::min(least, v);
    largest = std::max(largest, v);
  }
  mean /= static_cast<double>(x.count);
  for (Index i = 0; i < x.count; ++i) squares += (x.row(i)[j] - mean) * (x.row(i)[j] - mean);
  const double variance = squares / static_cast<double>(x.count);
  return ranges ? std::min(variance, largest - least) : variance;
}

Status FitThreshold(const Fit& fit, State* state) {
  if (Status s = MakeVectors(state, {kVariances}, fit.x.width); !s.ok()) return s;
  const double threshold = fit.options.Number(kThreshold);
  double largest = 0;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double& variance = state->own<double>(kVariances)[j];
    variance = VarianceOf(fit.x, j, threshold == 0);
    largest = std::max(largest, variance);
  }
  if (largest > threshold) return {};
  return Status::Invalid("no feature has a variance above %g", threshold);
}

Status Check(const Estimator& e) {
  return Width(e) > 0 ? Status() : Status::Invalid("no feature is kept");
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  for (Index i = 0; i < x.count; ++i)
    for (Index j = 0; j < x.width; ++j)
      if (Kept(e, j)) *out++ = x.row(i)[j];
}

// Features left out become 0.
void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  for (Index i = 0; i < x.count; ++i) {
    const float* from = x.row(i);
    for (Index j = 0; j < e.features; ++j) *out++ = Kept(e, j) ? *from++ : 0.0;
  }
}

}  // namespace
}  // namespace variance_threshold

const Kind kVarianceThreshold = {
    .name = "variance_threshold",
    .sklearn = "VarianceThreshold",
    .task = Task::kTransform,
    .options = variance_threshold::kOptions,
    .arrays = variance_threshold::kArrays,
    .fit = variance_threshold::FitThreshold,
    .check = variance_threshold::Check,
    .transform = {variance_threshold::Width, variance_threshold::RunTransform},
    .inverse = {Features, variance_threshold::RunInverse},
};

}  // namespace moonlet::ml
