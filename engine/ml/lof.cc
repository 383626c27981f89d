// engine/ml/lof.cc - outliers by how dense samples lie compared with their neighbours (Breunig,
// Kriegel, Ng, Sander, "LOF: Identifying Density-Based Local Outliers", 2000).
#include <algorithm>
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"
#include "engine/ml/nearest.h"

namespace moonlet::ml {
namespace lof {
namespace {

enum { kNeighbors = kSpaceOptions, kContamination };
constexpr int kAuto = -1;
constexpr OptionSpec kOptions[] = {
    kMetricSpec,
    kPowerSpec,
    {"neighbors", "n_neighbors", OptionType::kWhole, 20, 1, 1e6f},
    {"contamination", "", OptionType::kNumber, kAuto, 0, 0.5f, "auto"},
};

// `kdistance`: how far the last of a sample's neighbours is. `lrd`: its local reachability density.
enum { kX, kDistance, kDensity, kFactor, kOffset, kLabels };
constexpr ArraySpec kArrays[] = {
    {"fit_X", DType::kFloat32, "nf"}, {"kdistance", DType::kFloat64, "n"},
    {"lrd", DType::kFloat64, "n"},    {"negative_outlier_factor", DType::kFloat64, "n", true},
    {"offset", DType::kFloat64, "o"}, {"labels", DType::kInt32, "n", true},
};

Index NeighborsOf(const Options& options, Index samples) {
  return std::min(static_cast<Index>(options.Whole(kNeighbors)), samples - 1);
}

// Distances less than a neighbour's own to its neighbours count as that.
double Density(const double* kdistance, const Neighbor* found, Index k) {
  double sum = 0;
  for (Index i = 0; i < k; ++i)
    sum += std::max(found[i].distance, kdistance[static_cast<Index>(found[i].position)]);
  return 1 / (sum / static_cast<double>(k) + 1e-10);
}

double Factor(const double* lrd, const Neighbor* found, Index k, double density) {
  double sum = 0;
  for (Index i = 0; i < k; ++i) sum += lrd[static_cast<Index>(found[i].position)] / density;
  return -sum / static_cast<double>(k);
}

// The neighbours of all samples: their positions are kept, their distances computed again.
class Neighborhoods {
 public:
  Neighborhoods(const Fit& fit, Index k)
      : fit_(fit),
        k_(k),
        space_(SpaceOf(fit.options)),
        positions_(fit.work.memory, fit.x.count, k),
        found_(fit.work.memory, k, kLanes),
        scratch_(fit.work.memory, NearestRoom(fit.x.width)) {}

  Status Find(double* kdistance) {
    if (!positions_.ok()) return positions_.Refusal();
    if (!found_.ok()) return found_.Refusal();
    if (!scratch_.ok()) return scratch_.Refusal();
    const Samples& x = fit_.x;
    const Stored in = {space_, x.data, x.count, x.width};
    for (Index first = 0; first < x.count; first += kLanes) {
      const auto share = static_cast<double>(first) / static_cast<double>(x.count);
      if (Status s = fit_.work.Done(share); !s.ok()) return s;
      const Index rows = std::min<Index>(kLanes, x.count - first);
      FindNearest(in, x.part(first, rows), k_, first, found_.data(), scratch_.data());
      for (Index i = 0; i < rows * k_; ++i)
        positions_[first * k_ + i] = static_cast<int32_t>(found_[i].position);
      for (Index i = 0; i < rows; ++i) kdistance[first + i] = found_[i * k_ + k_ - 1].distance;
    }
    return {};
  }

  const Neighbor* Of(Index sample) {
    for (Index i = 0; i < k_; ++i) {
      const int32_t position = positions_[sample * k_ + i];
      double rank;
      RowRanks(space_, fit_.x.row(sample), fit_.x.row(position), 1, fit_.x.width, &rank);
      found_[i] = {DistanceOf(space_, rank), static_cast<double>(position)};
    }
    return found_.data();
  }

 private:
  const Fit& fit_;
  Index k_;
  Space space_;
  Buffer<int32_t> positions_;
  Buffer<Neighbor> found_;
  Buffer<double> scratch_;
};

// The value below which a share of the numbers lies, between the nearest two. Sorts them.
double Percentile(double* values, Index count, double share) {
  Sort(values, count);
  const double at = share * static_cast<double>(count - 1);
  const auto below = static_cast<Index>(at);
  const double rest = at - static_cast<double>(below);
  const double low = values[below], high = values[std::min(below + 1, count - 1)];
  return low + (high - low) * rest;
}

Status FindOffset(const Fit& fit, const double* factor, double* offset) {
  constexpr double kUsual = -1.5;
  *offset = kUsual;
  const double contamination = fit.options.Number(kContamination);
  if (contamination == kAuto) return {};
  Buffer<double> sorted(fit.work.memory, fit.x.count);
  if (!sorted.ok()) return sorted.Refusal();
  std::copy_n(factor, fit.x.count, sorted.data());
  *offset = Percentile(sorted.data(), fit.x.count, contamination);
  return {};
}

Status MakeArrays(const Fit& fit, State* state) {
  const Index n = fit.x.count;
  if (Status s = state->Make(kX, DType::kFloat32, {n, fit.x.width}); !s.ok()) return s;
  for (const int array : {+kDistance, +kDensity, +kFactor})
    if (Status s = state->Make(array, DType::kFloat64, {n}); !s.ok()) return s;
  if (Status s = state->Make(kLabels, DType::kInt32, {n}); !s.ok()) return s;
  return state->Make(kOffset, DType::kFloat64, {1});
}

Status FitLof(const Fit& fit, State* state) {
  const Index n = fit.x.count;
  if (n < 2) return Status::Invalid("at least 2 samples expected, got 1");
  if (Status s = MakeArrays(fit, state); !s.ok()) return s;
  std::copy_n(fit.x.data, n * fit.x.width, state->own<float>(kX));
  const Index k = NeighborsOf(fit.options, n);
  Neighborhoods near(fit, k);
  auto* kdistance = state->own<double>(kDistance);
  auto* lrd = state->own<double>(kDensity);
  auto* factor = state->own<double>(kFactor);
  if (Status s = near.Find(kdistance); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    lrd[i] = Density(kdistance, near.Of(i), k);
  }
  for (Index i = 0; i < n; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    factor[i] = Factor(lrd, near.Of(i), k, lrd[i]);
  }
  double* offset = state->own<double>(kOffset);
  if (Status s = FindOffset(fit, factor, offset); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) state->own<int32_t>(kLabels)[i] = factor[i] < offset[0] ? -1 : 1;
  return {};
}

Status Check(const Estimator& e) {
  if (e.state[kX].dim(0) < 2) return Status::Invalid("fewer than 2 samples");
  return e.state[kOffset].dim(0) == 1 ? Status()
                                      : Status::Invalid("array 'offset' is not one number");
}

Index FittedNeighbors(const Estimator& e) { return NeighborsOf(e.options, e.state[kX].dim(0)); }

void RunScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const auto* kdistance = e.state.get<double>(kDistance);
  const auto* lrd = e.state.get<double>(kDensity);
  const Index k = FittedNeighbors(e);
  EachNearest(Stored::Of(e, kX), x, k, scratch, [&](Index row, const Neighbor* found) {
    out[row] = Factor(lrd, found, k, Density(kdistance, found, k));
  });
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunScores(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] -= e.state.get<double>(kOffset)[0];
}

void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunDecision(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = out[i] < 0 ? -1 : 1;
}

Index Scratch(const Estimator& e) { return EachNearestRoom(e.features, FittedNeighbors(e)); }
Index WorkPerRow(const Estimator& e) { return e.state[kX].dim(0) * e.features; }

}  // namespace
}  // namespace lof

const Kind kLof = {
    .name = "lof",
    .sklearn = "LocalOutlierFactor",
    .task = Task::kOutliers,
    .options = lof::kOptions,
    .arrays = lof::kArrays,
    .fit = lof::FitLof,
    .check = lof::Check,
    .predict = {One, lof::RunPredict, lof::Scratch, lof::WorkPerRow},
    .decision = {One, lof::RunDecision, lof::Scratch, lof::WorkPerRow},
    .scores = {One, lof::RunScores, lof::Scratch, lof::WorkPerRow},
};

}  // namespace moonlet::ml
