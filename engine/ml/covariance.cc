// engine/ml/covariance.cc - one mean and covariance of all samples, by maximum likelihood.
//
// With `shrinkage`, the mean variance is mixed in: Ledoit and Wolf, "A well-conditioned estimator
// for large-dimensional covariance matrices", 2004.
#include "engine/ml/covariance.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/gaussian.h"
#include "engine/ml/kinds.h"
#include "engine/tensor/cholesky.h"

namespace moonlet::ml {
namespace covariance {
namespace {

enum { kShrinkage };
constexpr OptionSpec kOptions[] = {
    {"shrinkage", "", OptionType::kNumber, 0, 0, 1},
};

constexpr ArraySpec kArrays[] = {
    {"location", DType::kFloat64, "f"},
    {"covariance", DType::kFloat64, "ff"},
    {"precision", DType::kFloat64, "ff"},
};

Status FitCovariance(const Fit& fit, State* state) {
  const Index f = fit.x.width;
  Buffer<double> location(fit.work.memory, f), covariance(fit.work.memory, f, f),
      factor(fit.work.memory, f, f);
  if (!location.ok() || !covariance.ok() || !factor.ok()) return covariance.Refusal();
  double count;
  if (Status s = SumAround(fit, 0, location.data(), covariance.data(), factor.data(), &count);
      !s.ok())
    return s;
  const double shrinkage = fit.options.Number(kShrinkage);
  double trace = 0;
  for (Index i = 0; i < f * f; ++i) covariance[i] /= count;
  for (Index j = 0; j < f; ++j) trace += covariance[j * (f + 1)];
  for (Index i = 0; i < f * f; ++i)
    covariance[i] = (1 - shrinkage) * covariance[i] +
                    (i % (f + 1) == 0 ? shrinkage * trace / static_cast<double>(f) : 0.0);
  std::copy_n(covariance.data(), f * f, factor.data());
  const Status s = FactorPrecision(factor.data(), f, fit.work.stop);
  if (s.code() == Code::kInvalid)
    return Status::Invalid(
        "the covariance of %td samples of %td features is singular; "
        "'shrinkage' above 0 helps unless no feature varies",
        fit.x.count, f);
  if (!s.ok()) return s;
  return KeepCovariance(location.data(), covariance.data(), factor.data(), f, fit.work.stop, state);
}

void RunMahalanobis(const Estimator& e, const Samples& x, double* out, double* scratch) {
  SquaredDistances(Measure::kPrecision, x, e.state.get<double>(kLocationArray),
                   e.state.get<double>(kPrecisionArray), out, 1, scratch);
}

// The log-likelihood of rows; NaN when a file's precision is none.
void RunScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Index f = e.features;
  double* root = scratch + DistanceScratch(f);
  std::copy_n(e.state.get<double>(kPrecisionArray), f * f, root);
  const StopToken none;
  const bool whole = FactorCholesky(root, f, none).ok();
  const double constant =
      whole ? LogOfProduct(root, f, f + 1) - 0.5 * static_cast<double>(f) * kLogTwoPi : NAN;
  RunMahalanobis(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = constant - 0.5 * out[i];
}

Index Scratch(const Estimator& e) { return DistanceScratch(e.features); }
Index ScoreScratch(const Estimator& e) { return Scratch(e) + e.features * e.features; }
Index WorkPerRow(const Estimator& e) { return e.features * e.features; }

}  // namespace
}  // namespace covariance

const Kind kCovariance = {
    .name = "covariance",
    .sklearn = "EmpiricalCovariance",
    .task = Task::kDensity,
    .options = covariance::kOptions,
    .arrays = covariance::kArrays,
    .fit = covariance::FitCovariance,
    .scores = {One, covariance::RunScores, covariance::ScoreScratch, covariance::WorkPerRow},
};

const Method kMahalanobis = {One, covariance::RunMahalanobis, covariance::Scratch,
                             covariance::WorkPerRow};

Status KeepCovariance(const double* location, const double* covariance, const double* factor,
                      Index f, const StopToken& stop, State* state) {
  if (Status s = state->Make(kLocationArray, DType::kFloat64, {f}); !s.ok()) return s;
  if (Status s = state->Make(kCovarianceArray, DType::kFloat64, {f, f}); !s.ok()) return s;
  if (Status s = state->Make(kPrecisionArray, DType::kFloat64, {f, f}); !s.ok()) return s;
  std::copy_n(location, f, state->own<double>(kLocationArray));
  std::copy_n(covariance, f * f, state->own<double>(kCovarianceArray));
  return PrecisionOf(factor, f, stop, state->own<double>(kPrecisionArray));
}

}  // namespace moonlet::ml
