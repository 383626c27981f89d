// engine/ml/incremental_pca.cc - principal component analysis of samples that come in parts.
//
// Ross, Lim, Lin and Yang, Incremental learning for robust visual tracking, 2008: the axes so far,
// as long as their singular values, stand for all samples before; a row more corrects the mean.
#include <algorithm>
#include <cmath>

#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/principal_axes.h"

namespace moonlet::ml {
namespace incremental_pca {
namespace {

enum { kBatch = kWhiten + 1 };
constexpr OptionSpec kOptions[] = {
    {"components", "n_components", OptionType::kWhole, kAllComponents, 1, 1e6f, "all"},
    kWhitenOption,
    {"batch", "batch_size", OptionType::kWhole, -1, 1, 1e6f, "auto"},
};

enum { kVar = kAxesArrays, kSeen };
constexpr ArraySpec kArrays[] = {
    kMeanArray,
    kComponentsArray,
    kVarianceArray,
    kVarianceRatioArray,
    kSingularValuesArray,
    kNoiseVarianceArray,
    {"var", DType::kFloat64, "f"},
    {"n_samples_seen", DType::kFloat64, "n"},
};

// Mean and variance of a batch joined with those of the samples before.
struct Moments {
  Buffer<double> batch_mean, mean, var;
  double seen = 0;

  Moments(Allocator& memory, Index width)
      : batch_mean(memory, width), mean(memory, width), var(memory, width) {}
  bool ok() const { return batch_mean.ok() && mean.ok() && var.ok(); }
};

void Join(const Samples& x, Moments* moments) {
  const auto count = static_cast<double>(x.count);
  const double seen = moments->seen, all = seen + count;
  for (Index j = 0; j < x.width; ++j) {
    double mean = 0, squares = 0;
    for (Index i = 0; i < x.count; ++i) mean += x.row(i)[j];
    mean /= count;
    for (Index i = 0; i < x.count; ++i) squares += (x.row(i)[j] - mean) * (x.row(i)[j] - mean);
    const double d = moments->mean[j] - mean;
    moments->var[j] = (moments->var[j] * seen + squares + d * d * seen * count / all) / all;
    moments->batch_mean[j] = mean;
    moments->mean[j] = (moments->mean[j] * seen + mean * count) / all;
  }
  moments->seen = all;
}

// The rows that stand for the samples before, and the batch's, less its mean.
Status AddRows(const Work& work, const Samples& x, const State& before, const Moments& moments,
               const double* mean_before, PrincipalAxes* axes) {
  const Index f = x.width;
  const double seen = moments.seen - static_cast<double>(x.count);
  double* row;
  const Index components = seen > 0 ? before[kComponents].dim(0) : 0;
  for (Index k = 0; k < components; ++k) {
    if (Status s = axes->Add(work.stop, &row); !s.ok()) return s;
    const double value = before.get<double>(kSingularValues)[k];
    for (Index j = 0; j < f; ++j) row[j] = value * before.get<double>(kComponents)[k * f + j];
  }
  for (Index i = 0; i < x.count; ++i) {
    if (Status s = work.Poll(); !s.ok()) return s;
    if (Status s = axes->Add(work.stop, &row); !s.ok()) return s;
    for (Index j = 0; j < f; ++j) row[j] = x.row(i)[j] - moments.batch_mean[j];
  }
  if (seen == 0) return {};
  if (Status s = axes->Add(work.stop, &row); !s.ok()) return s;
  const double factor = std::sqrt(seen / moments.seen * static_cast<double>(x.count));
  for (Index j = 0; j < f; ++j) row[j] = factor * (mean_before[j] - moments.batch_mean[j]);
  return {};
}

// Turns each axis so that its largest element is positive.
void FixSigns(Index components, Index width, double* axes) {
  for (Index k = 0; k < components; ++k, axes += width) {
    double largest = 0;
    for (Index j = 0; j < width; ++j)
      if (std::fabs(axes[j]) > std::fabs(largest)) largest = axes[j];
    for (Index j = 0; largest < 0 && j < width; ++j) axes[j] = -axes[j];
  }
}

// How many axes there are to be after this batch.
Status CountOf(const Options& options, const Samples& x, const State& before, bool first,
               Index* count) {
  *count = first ? std::min(x.count, x.width) : before[kComponents].dim(0);
  if (options.Number(kAsked) == kAllComponents) return {};
  const auto asked = static_cast<Index>(options.Whole(kAsked));
  if (asked > x.width || asked > x.count)
    return Status::Invalid("%td components asked of a batch of %td samples of %td features", asked,
                           x.count, x.width);
  if (!first && asked != *count) return Status::Invalid("%td components so far", *count);
  *count = asked;
  return {};
}

// Takes a batch in: *state, what is known of the samples before, becomes what is known after it.
Status Absorb(const Fit& fit, const Samples& x, Moments* moments, State* state) {
  const Index f = x.width;
  const bool first = moments->seen == 0;
  Index components;
  if (Status s = CountOf(fit.options, x, *state, first, &components); !s.ok()) return s;
  Buffer<double> mean_before(fit.work.memory, f);
  const Index rows = x.count + (first ? 0 : (*state)[kComponents].dim(0) + 1);
  PrincipalAxes axes(fit.work.memory, rows, f);
  if (!mean_before.ok() || !axes.ok()) return axes.Refusal();
  std::copy_n(moments->mean.data(), f, mean_before.data());
  Join(x, moments);
  if (moments->seen < 2) return Status::Invalid("at least 2 samples expected, got 1");
  if (Status s = AddRows(fit.work, x, *state, *moments, mean_before.data(), &axes); !s.ok())
    return s;
  if (Status s = axes.Finish(fit.work.stop); !s.ok()) return s;
  double total = 0;
  for (Index j = 0; j < f; ++j) total += moments->var[j];
  total *= moments->seen / (moments->seen - 1);
  if (Status s = StoreAxes(axes, components, moments->seen, total, f, state); !s.ok()) return s;
  if (components == x.count || components == f) state->own<double>(kNoiseVariance)[0] = 0;
  FixSigns(components, f, state->own<double>(kComponents));
  return {};
}

Status LoadBefore(const State& before, Index width, Moments* moments, State* state) {
  for (const int array : {kComponents, kSingularValues})
    if (Status s = state->Copy(array, before[array]); !s.ok()) return s;
  std::copy_n(before.get<double>(kMean), width, moments->mean.data());
  std::copy_n(before.get<double>(kVar), width, moments->var.data());
  moments->seen = before.get<double>(kSeen)[0];
  return {};
}

Status Store(const Moments& moments, Index width, State* state) {
  if (Status s = MakeVectors(state, {kMean, kVar}, width); !s.ok()) return s;
  if (Status s = MakeVectors(state, {kSeen}, 1); !s.ok()) return s;
  std::copy_n(moments.mean.data(), width, state->own<double>(kMean));
  std::copy_n(moments.var.data(), width, state->own<double>(kVar));
  state->own<double>(kSeen)[0] = moments.seen;
  return {};
}

Status PartialFit(const Fit& fit, State* state) {
  Moments moments(fit.work.memory, fit.x.width);
  if (!moments.ok()) return moments.mean.Refusal();
  if (fit.before != nullptr)
    if (Status s = LoadBefore(fit.before->state, fit.x.width, &moments, state); !s.ok()) return s;
  if (Status s = Absorb(fit, fit.x, &moments, state); !s.ok()) return s;
  return Store(moments, fit.x.width, state);
}

// In batches, as scikit-learn makes them: none smaller than the number of components.
Status FitAll(const Fit& fit, State* state) {
  constexpr Index kPerFeature = 5;
  Moments moments(fit.work.memory, fit.x.width);
  if (!moments.ok()) return moments.mean.Refusal();
  const bool given = fit.options.Number(kBatch) > 0;
  const Index batch =
      given ? static_cast<Index>(fit.options.Whole(kBatch)) : kPerFeature * fit.x.width;
  const Index least = std::max<Index>(0, static_cast<Index>(fit.options.Number(kAsked)));
  Index first = 0;
  for (Index turn = 0; turn < fit.x.count / batch; ++turn) {
    if (first + batch + least > fit.x.count) break;
    const double share = static_cast<double>(first) / static_cast<double>(fit.x.count);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    if (Status s = Absorb(fit, fit.x.part(first, batch), &moments, state); !s.ok()) return s;
    first += batch;
  }
  if (first < fit.x.count)
    if (Status s = Absorb(fit, fit.x.part(first, fit.x.count - first), &moments, state); !s.ok())
      return s;
  return Store(moments, fit.x.width, state);
}

Status Check(const Estimator& e) {
  const double seen = e.state.get<double>(kSeen)[0];
  if (!(seen >= 2 && std::isfinite(seen))) return Status::Invalid("%g samples seen", seen);
  return CheckAxes(e);
}

}  // namespace
}  // namespace incremental_pca

const Kind kIncrementalPca = {
    .name = "incremental_pca",
    .sklearn = "IncrementalPCA",
    .task = Task::kTransform,
    .options = incremental_pca::kOptions,
    .arrays = incremental_pca::kArrays,
    .fit = incremental_pca::FitAll,
    .partial_fit = incremental_pca::PartialFit,
    .check = incremental_pca::Check,
    .transform = kAxesTransform,
    .inverse = kAxesInverse,
    .scores = kAxesScores,
};

}  // namespace moonlet::ml
