// bindings/ml_metrics_clusters.cc - how well clusters are apart, and how well two ways to divide
// samples agree.
#include "engine/ml/metrics_clusters.h"

#include <cmath>

#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"

namespace moonlet {
namespace {

// Samples at 1, the cluster of each at 2.
ml::Clustered CheckClustered(lua_State* L) {
  lua_settop(L, 2);
  if (lua_isnil(L, 1)) ArgumentError(L, 1, "samples expected, got nil");
  const Tensor& t = *NewTensorFrom(L, 1, DType::kFloat32);
  if (t.rank() != 2 || t.dim(0) < 1 || t.dim(1) < 1)
    ArgumentError(L, 1, "samples: a tensor {samples, features} expected");
  const ml::Samples x = {t.as<float>(), nullptr, t.dim(0), t.dim(1)};
  const Index bad = ml::FirstNotFinite(x, false);
  if (bad >= 0)
    ArgumentError(L, 1, "samples: row %I has a number that is not finite",
                  static_cast<LUAI_UACINT>(bad + 1));
  const Encoded labels = EncodeLabels(L, 2, x.count, nullptr, 0);
  return {x, labels.codes, labels.classes};
}

Status RunSilhouettes(lua_State* L, const ml::Clustered& c, double* values) noexcept {
  return ml::Silhouettes(c, EngineMemory(L), StopOf(L), values);
}

double* PushSilhouettes(lua_State* L) {
  const ml::Clustered c = CheckClustered(L);
  double* values = NewDoubles(L, VectorShape(c.x.count));
  RaiseIf(L, RunSilhouettes(L, c, values));
  return values;
}

int SilhouetteSamples(lua_State* L) {
  PushSilhouettes(L);
  return 1;
}

int SilhouetteScore(lua_State* L) {
  const double* values = PushSilhouettes(L);
  const Index n = TestTensor(L, -1)->dim(0);
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += values[i];
  lua_pushnumber(L, sum / static_cast<double>(n));
  return 1;
}

using ClusterScore = Status (*)(const ml::Clustered&, Allocator&, const StopToken&, double*);

template <ClusterScore kScore>
Status RunScore(lua_State* L, const ml::Clustered& c, double* score) noexcept {
  return kScore(c, EngineMemory(L), StopOf(L), score);
}

template <ClusterScore kScore>
int ScoreFunction(lua_State* L) {
  const ml::Clustered c = CheckClustered(L);
  double score;
  RaiseIf(L, RunScore<kScore>(L, c, &score));
  lua_pushnumber(L, score);
  return 1;
}

// Labels at 1 and 2, each with names of its own.
template <double (*kScore)(const ml::Contingency&)>
int AgreementFunction(lua_State* L) {
  lua_settop(L, 2);
  const Index n = CountLabels(L, 1);
  if (n < 1) ArgumentError(L, 1, "labels: a vector of at least one expected");
  const Encoded first = EncodeLabels(L, 1, n, nullptr, 0);
  const Encoded second = EncodeLabels(L, 2, n, nullptr, 0);
  // Places for all pairs: as a tensor, which refuses what no memory holds.
  double* room = NewDoubles(L, MatrixShape(first.classes + 1, second.classes + 1));
  lua_pushnumber(
      L, kScore(ml::Tabulate(first.codes, first.classes, second.codes, second.classes, n, room)));
  return 1;
}

constexpr Entry kMetricsClustersTable[] = {
    {"adjusted_rand_score", AgreementFunction<ml::AdjustedRand>,
     "ml.adjusted_rand_score(labels, others) -> number", "labels, others: {samples}",
     Doc("How well two ways to divide samples agree, whatever the parts are called: 1 for the same "
         "parts, about 0 for chance."),
     Doc("print(ml.adjusted_rand_score({1, 1, 2, 2}, {7, 7, 3, 3})) --> 1.0")},
    {"calinski_harabasz_score", ScoreFunction<ml::CalinskiHarabasz>,
     "ml.calinski_harabasz_score(x, labels) -> number",
     "x: {samples, features}; labels: {samples}, 2 to samples - 1 different ones",
     Doc("The variance between clusters by that inside: the higher the better."),
     Doc("print(ml.calinski_harabasz_score({{0}, {2}, {10}, {12}}, {1, 1, 2, 2})) --> 50.0")},
    {"davies_bouldin_score", ScoreFunction<ml::DaviesBouldin>,
     "ml.davies_bouldin_score(x, labels) -> number",
     "x: {samples, features}; labels: {samples}, 2 to samples - 1 different ones",
     Doc("How wide clusters are by how far they lie from their worst neighbour: the lower the "
         "better."),
     Doc("print(ml.davies_bouldin_score({{0}, {2}, {8}, {10}}, {1, 1, 2, 2})) --> 0.25")},
    {"normalized_mutual_info_score", AgreementFunction<ml::NormalizedMutualInformation>,
     "ml.normalized_mutual_info_score(labels, others) -> number", "labels, others: {samples}",
     Doc("What one way to divide samples tells about another: 0 for nothing, 1 for all."),
     Doc("print(ml.normalized_mutual_info_score({1, 1, 2, 2}, {7, 7, 3, 3})) --> 1.0")},
    {"silhouette_samples", SilhouetteSamples, "ml.silhouette_samples(x, labels) -> tensor",
     "x: {samples, features}; labels: {samples}, 2 to samples - 1 different ones; result: float64 "
     "{samples}, -1 to 1",
     Doc("How much closer each sample is to its own cluster than to the next one. It takes memory "
         "for a number per sample and cluster, and time for each pair of samples."),
     Doc("print(ml.silhouette_samples({{0}, {2}, {8}, {8}}, {1, 1, 2, 2})[1]) --> 0.75")},
    {"silhouette_score", SilhouetteScore, "ml.silhouette_score(x, labels) -> number",
     "x: {samples, features}; labels: {samples}, 2 to samples - 1 different ones; result: -1 to 1",
     Doc("The mean of `silhouette_samples`: near 1 for clusters far apart."),
     Doc("print(ml.silhouette_score({{0}, {0}, {8}, {8}}, {1, 1, 2, 2})) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kMlMetricsClusters = kMetricsClustersTable;

}  // namespace moonlet
