// engine/ml/radius_neighbors.cc - classes and values by all samples within a radius (Bentley, "A
// Survey of Techniques for Fixed Radius Near Neighbor Searching", 1975).
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ml/kinds.h"
#include "engine/ml/nearest.h"
#include "engine/ml/sample_store.h"
#include "engine/ml/votes.h"

namespace moonlet::ml {
namespace radius_neighbors {
namespace {

enum { kRadius = kStoreOptions, kWeights };
constexpr OptionSpec kOptions[] = {
    kMetricSpec,
    kPowerSpec,
    kCapacitySpec,
    kReplaceSpec,
    {"radius", "", OptionType::kNumber, 1, 0, 1e30f},
    {"weights", "", OptionType::kWord, 0, 0, 0, kVoteWords},
};

// Adds a sample's vote to the sums of a row: to that of its class, or its value and the vote alone.
void Add(const Estimator& e, Index sample, double vote, double* sums) {
  if (e.kind->task == Task::kClassify) {
    sums[e.state.get<int32_t>(kStoredY)[sample]] += vote;
  } else {
    sums[0] += e.state.get<double>(kStoredY)[sample] * vote;
    sums[1] += vote;
  }
}

// Sums of votes, `width` per row. Once a sample is where the row is, only such ones vote.
void SumVotes(const Estimator& e, const Samples& x, double* out, Index width, double* scratch) {
  const Stored in = Stored::Of(e, kStoredX);
  const bool uniform = static_cast<Votes>(e.options.Word(kWeights)) == Votes::kUniform;
  const double most = RankOf(in.space, e.options.Number(kRadius));
  double* same = scratch;
  for (Index block = 0; block < x.count; block += kLanes) {
    const Samples rows = x.part(block, std::min<Index>(kLanes, x.count - block));
    double* sums = out + block * width;
    std::fill_n(sums, rows.count * width, 0.0);
    std::fill_n(same, kLanes, 0.0);
    EachRank(in, rows, scratch + kLanes,
             [&](Index row, Index first, Index count, const double* ranks, Index stride) {
               for (Index i = 0; i < count; ++i) {
                 if (!(ranks[i * stride] <= most)) continue;
                 const double vote = uniform ? 1 : 1 / DistanceOf(in.space, ranks[i * stride]);
                 const bool here = std::isinf(vote);
                 if (same[row] > 0 && !here) continue;
                 if (same[row] == 0 && here) std::fill_n(sums + row * width, width, 0.0);
                 if (here) same[row] = 1;
                 Add(e, first + i, here ? 1 : vote, sums + row * width);
               }
             });
  }
}

// The class that most samples have.
int32_t MostFrequent(const Estimator& e, double* counts) {
  const auto* codes = e.state.get<int32_t>(kStoredY);
  std::fill_n(counts, e.classes, 0.0);
  for (Index i = 0; i < StoredCount(e); ++i) counts[codes[i]] += 1;
  return static_cast<int32_t>(std::max_element(counts, counts + e.classes) - counts);
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  SumVotes(e, x, out, e.classes, scratch);
  int32_t outlier = -1;
  for (Index row = 0; row < x.count; ++row) {
    double* proba = out + row * e.classes;
    double sum = 0;
    for (Index c = 0; c < e.classes; ++c) sum += proba[c];
    for (Index c = 0; c < e.classes && sum > 0; ++c) proba[c] /= sum;
    if (sum > 0) continue;
    if (outlier < 0) outlier = MostFrequent(e, scratch);
    proba[outlier] = 1;
  }
}

// Each row's votes and their sum of values lie side by side in scratch.
void RunValues(const Estimator& e, const Samples& x, double* out, double* scratch) {
  SumVotes(e, x, scratch, 2, scratch + 2 * kBlockRows);
  for (Index row = 0; row < x.count; ++row) {
    const double* sums = scratch + 2 * row;
    out[row] = sums[1] > 0 ? sums[0] / sums[1] : std::numeric_limits<double>::quiet_NaN();
  }
}

Index ClassScratch(const Estimator& e) {
  return std::max(kLanes + StretchRoom(e.features), e.classes);
}
Index ValueScratch(const Estimator& e) { return 2 * kBlockRows + kLanes + StretchRoom(e.features); }
Index WorkPerRow(const Estimator& e) { return StoredCount(e) * e.features; }

}  // namespace
}  // namespace radius_neighbors

const Kind kRadiusNeighbors = {
    .name = "radius_neighbors",
    .sklearn = "RadiusNeighborsClassifier",
    .task = Task::kClassify,
    .options = radius_neighbors::kOptions,
    .arrays = kClassStore,
    .fit = FitStore,
    .partial_fit = PartialFitStore,
    .check = CheckStore,
    .proba = {Classes, radius_neighbors::RunProba, radius_neighbors::ClassScratch,
              radius_neighbors::WorkPerRow},
};

const Kind kRadiusRegressor = {
    .name = "radius_regressor",
    .sklearn = "RadiusNeighborsRegressor",
    .task = Task::kRegress,
    .options = radius_neighbors::kOptions,
    .arrays = kValueStore,
    .fit = FitStore,
    .partial_fit = PartialFitStore,
    .check = CheckStore,
    .predict = {One, radius_neighbors::RunValues, radius_neighbors::ValueScratch,
                radius_neighbors::WorkPerRow},
};

}  // namespace moonlet::ml
