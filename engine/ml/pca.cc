// engine/ml/pca.cc - principal component analysis: samples along the directions in which they
// vary most.
//
// Jolliffe, Principal Component Analysis, 2nd edition, 2002; Tipping and Bishop, Probabilistic
// principal component analysis, 1999, for scores.
#include <cmath>

#include "engine/ml/kinds.h"
#include "engine/ml/principal_axes.h"

namespace moonlet::ml {
namespace pca {
namespace {

constexpr OptionSpec kOptions[] = {
    {"components", "n_components", OptionType::kNumber, kAllComponents, 0, 1e6f, "all"},
    kWhitenOption,
};
constexpr ArraySpec kArrays[] = {kMeanArray,          kComponentsArray,     kVarianceArray,
                                 kVarianceRatioArray, kSingularValuesArray, kNoiseVarianceArray};

void MeanOf(const Samples& x, double* mean) {
  for (Index i = 0; i < x.count; ++i)
    for (Index j = 0; j < x.width; ++j) mean[j] += x.row(i)[j];
  for (Index j = 0; j < x.width; ++j) mean[j] /= static_cast<double>(x.count);
}

// How many axes are asked for: a number of them, or as many as explain a share of the variance.
Status CountOf(const Fit& fit, const PrincipalAxes& axes, double total, Index* count) {
  const double asked = fit.options.Number(kAsked);
  *count = axes.count();
  if (asked == kAllComponents) return {};
  if (asked > 0 && asked < 1) {
    double share = 0;
    for (Index i = 0; i < axes.count(); ++i) {
      share += axes.values()[i] * axes.values()[i];
      if (share > asked * total) {
        *count = i + 1;
        break;
      }
    }
    return {};
  }
  if (asked < 1 || asked != std::floor(asked))
    return Status::Invalid("components is %g, expected a whole number or a share below 1", asked);
  if (asked > static_cast<double>(axes.count()))
    return Status::Invalid("%g components asked of %td samples of %td features", asked, fit.x.count,
                           fit.x.width);
  *count = static_cast<Index>(asked);
  return {};
}

// Turns each axis so that the sample that lies farthest along it lies on its positive side.
Status FixSigns(const Fit& fit, Index components, State* state) {
  const Index f = fit.x.width;
  const double* mean = state->get<double>(kMean);
  for (Index k = 0; k < components; ++k) {
    double* axis = state->own<double>(kComponents) + k * f;
    double farthest = 0;
    for (Index i = 0; i < fit.x.count; ++i) {
      if (i % kBlockRows == 0)
        if (Status s = fit.work.Poll(); !s.ok()) return s;
      double along = 0;
      for (Index j = 0; j < f; ++j) along += (fit.x.row(i)[j] - mean[j]) * axis[j];
      if (std::fabs(along) > std::fabs(farthest)) farthest = along;
    }
    for (Index j = 0; farthest < 0 && j < f; ++j) axis[j] = -axis[j];
  }
  return {};
}

Status FitPca(const Fit& fit, State* state) {
  const Index n = fit.x.count, f = fit.x.width;
  if (n < 2) return Status::Invalid("at least 2 samples expected, got 1");
  if (Status s = state->Make(kMean, DType::kFloat64, {f}); !s.ok()) return s;
  double* mean = state->own<double>(kMean);
  MeanOf(fit.x, mean);
  PrincipalAxes axes(fit.work.memory, n, f);
  if (!axes.ok()) return axes.Refusal();
  double total = 0;
  for (Index i = 0; i < n; ++i) {
    if (i % kBlockRows == 0)
      if (Status s = fit.work.Done(static_cast<double>(i) / static_cast<double>(n)); !s.ok())
        return s;
    double* row;
    if (Status s = axes.Add(fit.work.stop, &row); !s.ok()) return s;
    for (Index j = 0; j < f; ++j) {
      row[j] = fit.x.row(i)[j] - mean[j];
      total += row[j] * row[j];
    }
  }
  if (Status s = axes.Finish(fit.work.stop); !s.ok()) return s;
  Index components;
  if (Status s = CountOf(fit, axes, total, &components); !s.ok()) return s;
  const auto samples = static_cast<double>(n);
  if (Status s = StoreAxes(axes, components, samples, total / (samples - 1), f, state); !s.ok())
    return s;
  return FixSigns(fit, components, state);
}

}  // namespace
}  // namespace pca

const Kind kPca = {
    .name = "pca",
    .sklearn = "PCA",
    .task = Task::kTransform,
    .options = pca::kOptions,
    .arrays = pca::kArrays,
    .fit = pca::FitPca,
    .check = CheckAxes,
    .transform = kAxesTransform,
    .inverse = kAxesInverse,
    .scores = kAxesScores,
};

}  // namespace moonlet::ml
