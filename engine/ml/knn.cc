// engine/ml/knn.cc - classes and values by the k nearest samples (Cover and Hart, "Nearest Neighbor
// Pattern Classification", 1967; weights by distance: Dudani, 1976).
#include <algorithm>

#include "engine/ml/kinds.h"
#include "engine/ml/nearest.h"
#include "engine/ml/sample_store.h"
#include "engine/ml/votes.h"

namespace moonlet::ml {
namespace knn {
namespace {

enum { kNeighbors = kStoreOptions, kWeights };
constexpr OptionSpec kOptions[] = {
    kMetricSpec,
    kPowerSpec,
    kCapacitySpec,
    kReplaceSpec,
    {"neighbors", "n_neighbors", OptionType::kWhole, 5, 1, 1e6f},
    {"weights", "", OptionType::kWord, 0, 0, 0, kVoteWords},
};

// As many as were asked for, or all there are.
Index NeighborsOf(const Estimator& e) {
  return std::min(static_cast<Index>(e.options.Whole(kNeighbors)), StoredCount(e));
}

// Calls take(row, neighbours) with votes in place of distances.
template <typename Take>
void EachVote(const Estimator& e, const Samples& x, double* scratch, Take take) {
  const Index k = NeighborsOf(e);
  const auto votes = static_cast<Votes>(e.options.Word(kWeights));
  EachNearest(Stored::Of(e, kStoredX), x, k, scratch, [&](Index row, Neighbor* found) {
    ToVotes(votes, found, k);
    take(row, std::span<const Neighbor>(found, static_cast<size_t>(k)));
  });
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const auto* codes = e.state.get<int32_t>(kStoredY);
  std::fill_n(out, x.count * e.classes, 0.0);
  EachVote(e, x, scratch, [&](Index row, std::span<const Neighbor> found) {
    double* proba = out + row * e.classes;
    for (const Neighbor& n : found) proba[codes[static_cast<Index>(n.position)]] += n.distance;
    double sum = 0;
    for (Index c = 0; c < e.classes; ++c) sum += proba[c];
    for (Index c = 0; c < e.classes && sum > 0; ++c) proba[c] /= sum;
  });
}

void RunValues(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const auto* values = e.state.get<double>(kStoredY);
  EachVote(e, x, scratch, [&](Index row, std::span<const Neighbor> found) {
    double sum = 0, votes = 0;
    for (const Neighbor& n : found) {
      sum += values[static_cast<Index>(n.position)] * n.distance;
      votes += n.distance;
    }
    out[row] = sum / votes;
  });
}

Index Scratch(const Estimator& e) { return EachNearestRoom(e.features, NeighborsOf(e)); }
Index WorkPerRow(const Estimator& e) { return StoredCount(e) * e.features; }

}  // namespace
}  // namespace knn

const Kind kKnn = {
    .name = "knn",
    .sklearn = "KNeighborsClassifier",
    .task = Task::kClassify,
    .options = knn::kOptions,
    .arrays = kClassStore,
    .fit = FitStore,
    .partial_fit = PartialFitStore,
    .check = CheckStore,
    .proba = {Classes, knn::RunProba, knn::Scratch, knn::WorkPerRow},
};

const Kind kKnnRegressor = {
    .name = "knn_regressor",
    .sklearn = "KNeighborsRegressor",
    .task = Task::kRegress,
    .options = knn::kOptions,
    .arrays = kValueStore,
    .fit = FitStore,
    .partial_fit = PartialFitStore,
    .check = CheckStore,
    .predict = {One, knn::RunValues, knn::Scratch, knn::WorkPerRow},
};

}  // namespace moonlet::ml
