// bindings/ml_clusters.cc - constructors of clusters and of what tells outliers by neighbours.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

// estimator:fit_predict(x [, options])
int FitPredictMethod(lua_State* L) {
  const ml::Kind& kind = *CheckEstimatorBox(L, 1).estimator.kind;
  if (kind.task != ml::Task::kCluster && kind.task != ml::Task::kOutliers)
    ArgumentError(L, 1, "%s has no fit_predict", kind.name);
  lua_settop(L, 3);
  FitArguments(L, false, 3);
  lua_settop(L, 2);
  if (lua_getfield(L, 1, "labels") != LUA_TNIL) return 1;
  lua_settop(L, 2);
  return PredictMethod(L);
}

constexpr Entry kClustersTable[] = {
    {"kmeans", New<ml::kKMeans>, "ml.kmeans([options]) -> estimator",
     "options: clusters: 8; init: \"k-means++\" or \"random\"; runs: 10; iterations: 300; tol: "
     "share of the features' mean variance, 1e-4; seed",
     Doc("Clusters around means (scikit-learn's KMeans, Lloyd's algorithm), the best of `runs`. "
         "`fit(x, {init = centers})` starts one run from given centers. Fields: cluster_centers, "
         "labels (of the samples fitted, from 1), inertia, n_iter. `transform` gives distances to "
         "all centers, `score` minus the inertia. Raises for more clusters than samples."),
     Doc("local x = tensor.new {{1, 1}, {1, 3}, {9, 9}, {9, 7}}\n"
         "local model = ml.kmeans{clusters = 2, seed = 1}\n"
         "model:fit(x, {init = {{0, 0}, {10, 10}}})\n"
         "print(model:predict {8, 8}, model.inertia[1]) --> 2 4.0")},
    {"minibatch_kmeans", New<ml::kMiniBatchKMeans>, "ml.minibatch_kmeans([options]) -> estimator",
     "options: clusters, init, seed: as of ml.kmeans; runs: 3; iterations: over all samples, 100; "
     "batch: samples, 1024; patience: batches without improvement, 10; tol: 0; reassign: share of "
     "the largest cluster, 0.01",
     Doc("K-means from a few samples at a time (scikit-learn's MiniBatchKMeans): `fit` draws them, "
         "`partial_fit` takes those it is given, so clusters can be learnt from a stream."),
     Doc("local model = ml.minibatch_kmeans{clusters = 2, seed = 1}\n"
         "for i = 1, 5 do model:partial_fit(tensor.new {{1, 1}, {1, 3}, {9, 9}, {9, 7}}) end\n"
         "print(model:predict {8, 8} == model:predict {9, 9}) --> true")},
    {"dbscan", New<ml::kDbscan>, "ml.dbscan([options]) -> estimator",
     "options: eps: distance, 0.5; min_samples: 5; metric: \"euclidean\", \"manhattan\", "
     "\"chebyshev\", \"minkowski\" or \"cosine\"; p: of minkowski, 2",
     Doc("Clusters of any shape where samples lie dense (scikit-learn's DBSCAN): those with "
         "`min_samples` within `eps`, themselves among them, and all within `eps` of such. Fields: "
         "labels (from 1, 0 for noise), core_sample_indices (positions). It predicts nothing of "
         "new samples."),
     Doc("local x = tensor.new {{1}, {2}, {3}, {20}, {21}, {22}, {50}}\n"
         "print(ml.dbscan{eps = 1, min_samples = 2}:fit_predict(x) ==\n"
         "  tensor.new({1, 1, 1, 2, 2, 2, 0}, \"int32\")) --> true")},
    {"lof", New<ml::kLof>, "ml.lof([options]) -> estimator",
     "options: neighbors: 20; contamination: share of outliers up to 0.5, or \"auto\"; metric, p: "
     "as of ml.dbscan",
     Doc("Outliers by the local outlier factor (scikit-learn's LocalOutlierFactor): samples in "
         "regions less dense than those of their neighbours. `fit_predict` and the field labels "
         "tell of the samples fitted, `predict` of new ones (novelty). `score_samples` is near -1 "
         "inside, less outside; below the field offset (-1.5, or such that `contamination` of the "
         "fitted samples are) it is an outlier."),
     Doc("local x = tensor.arange(20):astype \"float32\":reshape{20, 1}\n"
         "print(ml.lof{neighbors = 3}:fit(x):predict {{7.5}, {40}}:totable()[2]) --> -1")},
};

constexpr Entry kClusterMethodTable[] = {
    {"fit_predict", FitPredictMethod, "estimator:fit_predict(x [, options]) -> tensor",
     "x and options: as of fit; result: int32 {samples}",
     Doc("Fits clusters or a detector of outliers, and gives what it makes of the samples fitted: "
         "numbers of clusters from 1 (0: none), 1 for inliers and -1 for outliers."),
     Doc("local labels = ml.dbscan{eps = 2, min_samples = 1}:fit_predict {{1}, {2}, {9}}\n"
         "print(labels[1], labels[2], labels[3]) --> 1 1 2")},
};

}  // namespace

const std::span<const Entry> kMlClusters = kClustersTable;
const std::span<const Entry> kMlClusterMethods = kClusterMethodTable;

}  // namespace moonlet
