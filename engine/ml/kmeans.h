// engine/ml/kmeans.h - what k-means and its minibatch kin share.
#pragma once
#include "engine/ml/buffer.h"
#include "engine/ml/centers.h"
#include "engine/ml/estimator.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {

enum class Start : uint8_t { kPlusPlus, kRandom };
inline constexpr const char* kStartWords = "k-means++|random";

// Writes `count` centers to begin with: samples, by Arthur and Vassilvitskii, "k-means++: The
// Advantages of Careful Seeding" (2007), in its greedy form, or any, each once.
Status ChooseCenters(const Fit& fit, Start start, Index count, Random* random, double* centers);

// Even over [0, 1).
inline double Fraction(Random* random) {
  return static_cast<double>(random->Next() >> 11) * 0x1p-53;
}

// Calls take(context, row, number of the nearest center, squared distance) for each row, in order.
using TakeAssignment = void (*)(const void* context, Index row, Index number, double rank);
Status EachAssignment(const Work& work, const Samples& x, const Centers& centers,
                      TakeAssignment take, const void* context);
// The same for a lambda.
template <typename Take>
Status EachAssignment(const Work& work, const Samples& x, const Centers& centers,
                      const Take& take) {
  const auto call = [](const void* context, Index row, Index number, double rank) {
    (*static_cast<const Take*>(context))(row, number, rank);
  };
  return EachAssignment(work, x, centers, call, &take);
}

// Labels of all samples, from 1, and the sum of their weighted squared distances.
Status MakeLabels(const Fit& fit, const Centers& centers, int32_t* labels, double* inertia);

// The options and arrays that both begin with, and what both compute of rows.
enum { kClusters, kInit, kRuns, kIterations, kTol, kSeed, kKMeansOptions };
enum { kClusterCenters, kLabels, kInertia, kIterationsDone, kKMeansArrays };
inline constexpr ArraySpec kCentersSpec = {"cluster_centers", DType::kFloat64, "cf"};
inline constexpr ArraySpec kLabelsSpec = {"labels", DType::kInt32, "n", true};
inline constexpr ArraySpec kInertiaSpec = {"inertia", DType::kFloat64, "o"};
inline constexpr ArraySpec kIterationsSpec = {"n_iter", DType::kInt32, "o"};
void PredictCluster(const Estimator& e, const Samples& x, double* out, double* scratch);
void ClusterScores(const Estimator& e, const Samples& x, double* out, double* scratch);
void ClusterDistances(const Estimator& e, const Samples& x, double* out, double* scratch);
Index ClusterScratch(const Estimator& e);  // of all three
Index CenterCount(const Estimator& e);
Index CenterWork(const Estimator& e);  // per row
Index InitCount(const Options& options);
Status CheckCenters(const Estimator& e);
// kInvalid when there are fewer samples than clusters.
Status CheckClusters(const Fit& fit);
// Makes the arrays above.
Status MakeCenterArrays(const Fit& fit, State* state);
// The centers that are given at `init`, else chosen ones.
Status StartingCenters(const Fit& fit, Random* random, double* centers);

}  // namespace moonlet::ml
