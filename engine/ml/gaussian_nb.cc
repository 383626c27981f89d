// engine/ml/gaussian_nb.cc - naive Bayes over one normal distribution per class and feature.
//
// Means and variances are updated as Chan, Golub and LeVeque (1979) combine two sets of samples,
// so samples may come in parts (Zhang, "The Optimality of Naive Bayes", 2004, for the method).
#include <algorithm>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"
#include "engine/ml/buffer.h"
#include "engine/ml/gaussian.h"
#include "engine/ml/kinds.h"
#include "engine/ml/linear_model.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace gaussian_nb {
namespace {

enum { kVarSmoothing, kFitPrior };
constexpr OptionSpec kOptions[] = {
    {"smoothing", "var_smoothing", OptionType::kNumber, 1e-9, 0, 1e9f},
    {"fit_prior", "priors", OptionType::kFlag, 1},
};

enum { kTheta, kVar, kClassCount, kClassPrior, kEpsilon };
constexpr ArraySpec kArrays[] = {
    {"theta", DType::kFloat64, "kf"},      {"var", DType::kFloat64, "kf"},
    {"class_count", DType::kFloat64, "k"}, {"class_prior", DType::kFloat64, "k"},
    {"epsilon", DType::kFloat64, "e"},
};

// The largest variance of a feature over all samples, each counted once, on which smoothing is
// based.
Status LargestVariance(const Fit& fit, Buffer<double>& sums, double* largest) {
  Fit all = fit;
  all.weights = nullptr;
  const auto count = static_cast<double>(fit.x.count);
  double* mean = sums.data();
  double* squares = mean + fit.x.width;
  if (Status s = SumFeatures(all, mean); !s.ok()) return s;
  for (Index j = 0; j < fit.x.width; ++j) mean[j] /= count;
  if (Status s = SumSquares(all, mean, squares); !s.ok()) return s;
  *largest = 0;
  for (Index j = 0; j < fit.x.width; ++j) *largest = std::max(*largest, squares[j] / count);
  return {};
}

// Adds the samples of one class to what is known of it.
Status Update(const Fit& fit, int32_t code, Buffer<double>& sums, double* theta, double* var,
              double* count) {
  const Index features = fit.x.width;
  double* mean = sums.data();
  double* squares = mean + features;
  std::fill(mean, mean + 2 * features, 0.0);
  double weight = 0;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    if (fit.codes[i] != code) continue;
    const double w = fit.weight(i);
    weight += w;
    OverDoubles().add_scaled_floats(mean, fit.x.row(i), w, features);
  }
  if (weight == 0) return {};
  for (Index j = 0; j < features; ++j) mean[j] /= weight;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    if (fit.codes[i] != code) continue;
    const double w = fit.weight(i);
    OverDoubles().add_squares(RowsOf(fit.x.part(i, 1)), mean, &w, 0, squares);
  }
  const double total = *count + weight;
  for (Index j = 0; j < features; ++j) {
    const double d = theta[j] - mean[j];
    var[j] = (*count * var[j] + squares[j] + *count * weight / total * d * d) / total;
    theta[j] = (*count * theta[j] + weight * mean[j]) / total;
  }
  *count = total;
  return {};
}

Status MakeArrays(const Fit& fit, State* state) {
  const Index k = fit.classes, f = fit.x.width;
  for (const int array : {kTheta, kVar})
    if (Status s = state->Make(array, DType::kFloat64, {k, f}); !s.ok()) return s;
  for (const int array : {kClassCount, kClassPrior})
    if (Status s = state->Make(array, DType::kFloat64, {k}); !s.ok()) return s;
  return state->Make(kEpsilon, DType::kFloat64, {1});
}

Status PartialFit(const Fit& fit, State* state) {
  if (Status s = MakeArrays(fit, state); !s.ok()) return s;
  const Index features = fit.x.width;
  double* theta = state->own<double>(kTheta);
  double* var = state->own<double>(kVar);
  double* count = state->own<double>(kClassCount);
  double* epsilon = state->own<double>(kEpsilon);
  if (fit.before != nullptr) {
    const State& before = fit.before->state;
    std::copy_n(before.get<double>(kTheta), fit.classes * features, theta);
    std::copy_n(before.get<double>(kVar), fit.classes * features, var);
    std::copy_n(before.get<double>(kClassCount), fit.classes, count);
    for (Index i = 0; i < fit.classes * features; ++i) var[i] -= before.get<double>(kEpsilon)[0];
  }
  Buffer<double> sums(fit.work.memory, 2 * features);
  if (!sums.ok()) return sums.Refusal();
  double largest = 0;
  if (Status s = LargestVariance(fit, sums, &largest); !s.ok()) return s;
  epsilon[0] = fit.options.Number(kVarSmoothing) * largest;
  double total = 0;
  for (Index k = 0; k < fit.classes; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(fit.classes);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    if (Status s = Update(fit, static_cast<int32_t>(k), sums, theta + k * features,
                          var + k * features, count + k);
        !s.ok())
      return s;
    total += count[k];
  }
  for (Index i = 0; i < fit.classes * features; ++i) var[i] += epsilon[0];
  for (Index k = 0; k < fit.classes; ++k)
    state->own<double>(kClassPrior)[k] =
        fit.options.Flag(kFitPrior) ? count[k] / total : 1 / static_cast<double>(fit.classes);
  return {};
}

// All samples at once: whatever does not vary now never will.
Status FitAll(const Fit& fit, State* state) {
  if (Status s = PartialFit(fit, state); !s.ok()) return s;
  for (Index i = 0; i < fit.classes * fit.x.width; ++i)
    if (!(state->get<double>(kVar)[i] > 0))
      return Status::Invalid(
          "class %td: feature %td does not vary; a larger 'smoothing' helps "
          "unless no feature does",
          i / fit.x.width + 1, i % fit.x.width + 1);
  return {};
}

// log P(class) + log P(row | class)
void RunJoint(const Estimator& e, const Samples& x, double* out, double* scratch) {
  double* inverse = scratch;
  const double* theta = e.state.get<double>(kTheta);
  const double* var = e.state.get<double>(kVar);
  for (Index k = 0; k < e.classes; ++k) {
    const double* mean = theta + k * e.features;
    const double* v = var + k * e.features;
    const double constant =
        moonlet_log(e.state.get<double>(kClassPrior)[k]) -
        0.5 * (LogOfProduct(v, e.features, 1) + static_cast<double>(e.features) * kLogTwoPi);
    for (Index j = 0; j < e.features; ++j) inverse[j] = 1 / v[j];
    SquaredDistances(Measure::kInverseVariances, x, mean, inverse, out + k, e.classes,
                     inverse + e.features);
    for (Index i = 0; i < x.count; ++i)
      out[i * e.classes + k] = constant - 0.5 * out[i * e.classes + k];
  }
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunJoint(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
}

Status Check(const Estimator& e) {
  return e.state[kEpsilon].dim(0) == 1 ? Status() : Status::Invalid("array 'epsilon' is no number");
}

Index Scratch(const Estimator& e) { return e.features + DistanceScratch(e.features); }
Index WorkPerRow(const Estimator& e) { return 2 * e.classes * e.features; }

}  // namespace
}  // namespace gaussian_nb

const Kind kGaussianNb = {
    .name = "gaussian_nb",
    .sklearn = "GaussianNB",
    .task = Task::kClassify,
    .options = gaussian_nb::kOptions,
    .arrays = gaussian_nb::kArrays,
    .fit = gaussian_nb::FitAll,
    .partial_fit = gaussian_nb::PartialFit,
    .check = gaussian_nb::Check,
    .proba = {Classes, gaussian_nb::RunProba, gaussian_nb::Scratch, gaussian_nb::WorkPerRow},
    .weights = true,
};

}  // namespace moonlet::ml
