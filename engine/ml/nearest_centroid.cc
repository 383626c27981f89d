// engine/ml/nearest_centroid.cc - classes by the nearest of their centroids (Rocchio; shrunken
// ones: Tibshirani et al., "Diagnosis of multiple cancer types by shrunken centroids of gene
// expression", 2002).
#include <algorithm>
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/centers.h"
#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace nearest_centroid {
namespace {

enum { kShrink = kSpaceOptions };
constexpr OptionSpec kOptions[] = {
    kMetricSpec,
    kPowerSpec,
    {"shrink", "shrink_threshold", OptionType::kNumber, 0, 0, 1e30f},
};

enum { kCentroids };
constexpr ArraySpec kArrays[] = {{"centroids", DType::kFloat64, "kf"}};

// Under the Manhattan metric medians have the least distance to their class, else means are taken.
Status FindCentroid(const Fit& fit, int32_t code, double* column, double* centroid) {
  const bool median = SpaceOf(fit.options).metric == Metric::kManhattan;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    Index count = 0;
    double sum = 0;
    for (Index i = 0; i < fit.x.count; ++i) {
      if (fit.codes[i] != code) continue;
      column[count++] = fit.x.row(i)[j];
      sum += fit.x.row(i)[j];
    }
    centroid[j] = median ? Median(column, count) : sum / static_cast<double>(count);
  }
  return {};
}

// Standard deviations within classes, each more the median of them all. kInvalid if they are 0.
Status FindDeviations(const Fit& fit, const double* centroids, double* deviation, double* sorted) {
  const Index f = fit.x.width;
  const auto freedom = static_cast<double>(fit.x.count - fit.classes);
  for (Index j = 0; j < f; ++j) {
    double sum = 0;
    for (Index i = 0; i < fit.x.count; ++i) {
      const double d = fit.x.row(i)[j] - centroids[fit.codes[i] * f + j];
      sum += d * d;
    }
    sorted[j] = deviation[j] = sum > 0 ? std::sqrt(sum / freedom) : 0.0;
  }
  const double median = Median(sorted, f);
  if (sorted[f - 1] == 0) return Status::Invalid("all features are constant within each class");
  for (Index j = 0; j < f; ++j) deviation[j] += median;
  return {};
}

// Moves centroids to that of all samples by up to `shrink` of their scaled distance.
Status Shrink(const Fit& fit, double shrink, double* centroids) {
  const Index f = fit.x.width;
  Buffer<double> buffer(fit.work.memory, 3 * f);
  if (!buffer.ok()) return buffer.Refusal();
  double *deviation = buffer.data(), *sorted = deviation + f, *center = sorted + f;
  if (Status s = FindDeviations(fit, centroids, deviation, sorted); !s.ok()) return s;
  for (Index i = 0; i < fit.x.count; ++i)
    for (Index j = 0; j < f; ++j) center[j] += fit.x.row(i)[j];
  const auto all = static_cast<double>(fit.x.count);
  for (Index j = 0; j < f; ++j) center[j] /= all;
  for (Index k = 0; k < fit.classes; ++k) {
    const auto count = static_cast<double>(
        std::count(fit.codes, fit.codes + fit.x.count, static_cast<int32_t>(k)));
    const double m = std::sqrt(1 / count - 1 / all);
    for (Index j = 0; j < f; ++j) {
      double& value = centroids[k * f + j];
      const double scale = m * deviation[j];
      if (scale == 0) continue;
      const double moved = (value - center[j]) / scale;
      value = center[j] + std::copysign(scale * std::max(std::fabs(moved) - shrink, 0.0), moved);
    }
  }
  return {};
}

Status FitCentroids(const Fit& fit, State* state) {
  if (Status s = state->Make(kCentroids, DType::kFloat64, {fit.classes, fit.x.width}); !s.ok())
    return s;
  Buffer<double> column(fit.work.memory, fit.x.count);
  if (!column.ok()) return column.Refusal();
  auto* centroids = state->own<double>(kCentroids);
  for (Index k = 0; k < fit.classes; ++k) {
    double* centroid = centroids + k * fit.x.width;
    if (Status s = FindCentroid(fit, static_cast<int32_t>(k), column.data(), centroid); !s.ok())
      return s;
  }
  const double shrink = fit.options.Number(kShrink);
  return shrink > 0 ? Shrink(fit, shrink, centroids) : Status();
}

void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Centers centers = {SpaceOf(e.options), e.state.get<double>(kCentroids), e.classes,
                           e.features};
  FindNearestCenters(centers, x, out, scratch, scratch + kBlockRows);
}

Index Scratch(const Estimator& e) { return kBlockRows + CentersRoom(e.features); }
Index WorkPerRow(const Estimator& e) { return e.classes * e.features; }

}  // namespace
}  // namespace nearest_centroid

const Kind kNearestCentroid = {
    .name = "nearest_centroid",
    .sklearn = "NearestCentroid",
    .task = Task::kClassify,
    .options = nearest_centroid::kOptions,
    .arrays = nearest_centroid::kArrays,
    .fit = nearest_centroid::FitCentroids,
    .predict = {One, nearest_centroid::RunPredict, nearest_centroid::Scratch,
                nearest_centroid::WorkPerRow},
};

}  // namespace moonlet::ml
