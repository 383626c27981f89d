// engine/ml/discrete_nb.cc - naive Bayes over counts, and over what is there or not.
//
// McCallum and Nigam, "A Comparison of Event Models for Naive Bayes Text Classification", 1998.
// Both kinds keep sums of weights, so samples may come in parts, and end in one product of
// samples and weights.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace discrete_nb {
namespace {

enum { kAlpha, kFitPrior, kBinarize };
constexpr OptionSpec kBernoulliOptions[] = {
    {"alpha", "", OptionType::kNumber, 1, 0, 1e9f},
    {"fit_prior", "class_prior", OptionType::kFlag, 1},
    {"binarize", "", OptionType::kNumber, 0, -1e30f, 1e30f},
};
constexpr auto kMultinomialOptions = std::span(kBernoulliOptions).first(2);
constexpr double kLeastAlpha = 1e-10;  // as scikit-learn has it

enum { kFeatureCount, kClassCount, kFeatureLogProb, kClassLogPrior, kLogOdds, kBias };
constexpr ArraySpec kBernoulliArrays[] = {
    {"feature_count", DType::kFloat64, "kf"},
    {"class_count", DType::kFloat64, "k"},
    {"feature_log_prob", DType::kFloat64, "kf"},
    {"class_log_prior", DType::kFloat64, "k"},
    // What is added when a feature is there, and what a sample without any comes to.
    {"log_odds", DType::kFloat64, "kf"},
    {"bias", DType::kFloat64, "k"},
};
constexpr auto kMultinomialArrays = std::span(kBernoulliArrays).first(4);

Status MakeArrays(const Fit& fit, int arrays, State* state) {
  for (int i = 0; i < arrays; ++i) {
    const bool matrix = kBernoulliArrays[i].shape[1] != '\0';
    const Status s = matrix ? state->Make(i, DType::kFloat64, {fit.classes, fit.x.width})
                            : state->Make(i, DType::kFloat64, {fit.classes});
    if (!s.ok()) return s;
  }
  if (fit.before == nullptr) return {};
  const State& before = fit.before->state;
  std::copy_n(before.get<double>(kFeatureCount), fit.classes * fit.x.width,
              state->own<double>(kFeatureCount));
  std::copy_n(before.get<double>(kClassCount), fit.classes, state->own<double>(kClassCount));
  return {};
}

// Adds the samples, each feature as `value` sees it.
template <typename Value>
Status Count(const Fit& fit, State* state, Value value) {
  const Index features = fit.x.width;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double* sums = state->own<double>(kFeatureCount) + fit.codes[i] * features;
    const double weight = fit.weight(i);
    state->own<double>(kClassCount)[fit.codes[i]] += weight;
    for (Index j = 0; j < features; ++j) sums[j] += weight * value(fit.x.row(i)[j]);
  }
  return {};
}

void SetPriors(const Fit& fit, State* state) {
  double total = 0;
  for (Index k = 0; k < fit.classes; ++k) total += state->get<double>(kClassCount)[k];
  for (Index k = 0; k < fit.classes; ++k)
    state->own<double>(kClassLogPrior)[k] =
        fit.options.Flag(kFitPrior)
            ? moonlet_log(state->get<double>(kClassCount)[k]) - moonlet_log(total)
            : -moonlet_log(static_cast<double>(fit.classes));
}

Status FitMultinomial(const Fit& fit, State* state) {
  const Index features = fit.x.width;
  if (Status s = MakeArrays(fit, static_cast<int>(kMultinomialArrays.size()), state); !s.ok())
    return s;
  for (Index i = 0; i < fit.x.count; ++i)
    for (Index j = 0; j < features; ++j)
      if (fit.x.row(i)[j] < 0)
        return Status::Invalid("row %td has a number below 0, counts expected", i + 1);
  if (Status s = Count(fit, state, [](float v) { return static_cast<double>(v); }); !s.ok())
    return s;
  const double alpha = std::max(fit.options.Number(kAlpha), kLeastAlpha);
  for (Index k = 0; k < fit.classes; ++k) {
    const double* counts = state->get<double>(kFeatureCount) + k * features;
    double* logs = state->own<double>(kFeatureLogProb) + k * features;
    double total = 0;
    for (Index j = 0; j < features; ++j) total += counts[j] + alpha;
    const double log_total = moonlet_log(total);
    for (Index j = 0; j < features; ++j) logs[j] = moonlet_log(counts[j] + alpha) - log_total;
  }
  SetPriors(fit, state);
  return {};
}

Status FitBernoulli(const Fit& fit, State* state) {
  const Index features = fit.x.width;
  if (Status s = MakeArrays(fit, static_cast<int>(std::size(kBernoulliArrays)), state); !s.ok())
    return s;
  const double least = fit.options.Number(kBinarize);
  if (Status s = Count(fit, state, [least](float v) { return v > least ? 1.0 : 0.0; }); !s.ok())
    return s;
  SetPriors(fit, state);
  const double alpha = std::max(fit.options.Number(kAlpha), kLeastAlpha);
  for (Index k = 0; k < fit.classes; ++k) {
    const double* counts = state->get<double>(kFeatureCount) + k * features;
    const double count = state->get<double>(kClassCount)[k];
    const double log_total = moonlet_log(count + 2 * alpha);
    double bias = state->get<double>(kClassLogPrior)[k];
    for (Index j = 0; j < features; ++j) {
      const double present = moonlet_log(counts[j] + alpha) - log_total;
      const double absent = moonlet_log(std::max(count - counts[j], 0.0) + alpha) - log_total;
      state->own<double>(kFeatureLogProb)[k * features + j] = present;
      state->own<double>(kLogOdds)[k * features + j] = present - absent;
      bias += absent;
    }
    state->own<double>(kBias)[k] = bias;
  }
  return {};
}

void RunMultinomial(const Estimator& e, const Samples& x, double* out, double*) {
  const Affine affine = {e.state.get<double>(kFeatureLogProb), e.classes, e.features, 1,
                         e.state.get<double>(kClassLogPrior)};
  ApplyAffine(affine, x, out);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
}

void RunBernoulli(const Estimator& e, const Samples& x, double* out, double* scratch) {
  auto* present = reinterpret_cast<float*>(scratch);
  const double least = e.number(kBinarize);
  for (Index i = 0; i < x.count * x.width; ++i) present[i] = x.data[i] > least ? 1.0f : 0.0f;
  const Affine affine = {e.state.get<double>(kLogOdds), e.classes, e.features, 1,
                         e.state.get<double>(kBias)};
  ApplyAffine(affine, {present, nullptr, x.count, x.width}, out);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
}

Index BernoulliScratch(const Estimator& e) { return (kBlockRows * e.features + 1) / 2; }
Index WorkPerRow(const Estimator& e) { return e.classes * e.features; }

}  // namespace
}  // namespace discrete_nb

const Kind kMultinomialNb = {
    .name = "multinomial_nb",
    .sklearn = "MultinomialNB",
    .task = Task::kClassify,
    .options = discrete_nb::kMultinomialOptions,
    .arrays = discrete_nb::kMultinomialArrays,
    .fit = discrete_nb::FitMultinomial,
    .partial_fit = discrete_nb::FitMultinomial,
    .proba = {Classes, discrete_nb::RunMultinomial, nullptr, discrete_nb::WorkPerRow},
    .weights = true,
};

const Kind kBernoulliNb = {
    .name = "bernoulli_nb",
    .sklearn = "BernoulliNB",
    .task = Task::kClassify,
    .options = discrete_nb::kBernoulliOptions,
    .arrays = discrete_nb::kBernoulliArrays,
    .fit = discrete_nb::FitBernoulli,
    .partial_fit = discrete_nb::FitBernoulli,
    .proba = {Classes, discrete_nb::RunBernoulli, discrete_nb::BernoulliScratch,
              discrete_nb::WorkPerRow},
    .weights = true,
};

}  // namespace moonlet::ml
