// engine/ml/distance.h - how far points are from one another.
//
// Distances are compared by their ranks, which grow with them and cost less: the square of a
// Euclidean distance, any other itself. A rank adds up coordinate by coordinate, in order, so it
// is the same whichever function below computes it. Samples of float32 never overflow: all is
// double.
#pragma once
#include "engine/kernels/double_loops.h"
#include "engine/ml/options.h"
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

enum class Metric : uint8_t { kEuclidean, kManhattan, kChebyshev, kMinkowski, kCosine };

struct Space {
  Metric metric = Metric::kEuclidean;
  double p = 2;  // of kMinkowski
};

// The first two options of a kind that measures distances.
enum { kMetricOption, kPowerOption, kSpaceOptions };
inline constexpr OptionSpec kMetricSpec = {
    "metric", "", OptionType::kWord, 0, 0, 0, "euclidean|manhattan|chebyshev|minkowski|cosine"};
inline constexpr OptionSpec kPowerSpec = {"p", "", OptionType::kNumber, 2, 1, 1000};
Space SpaceOf(const Options& options);

double RankOf(const Space& space, double distance);
double DistanceOf(const Space& space, double rank);

// Up to kLanes points side by side, coordinate j of point l at [j * kLanes + l], and their
// squared lengths at the end: they meet a row all at once.
inline constexpr int kLanes = kPointLanes;
inline Index LaneRoom(Index width) { return (width + 1) * kLanes; }  // doubles
// Requires count <= kLanes; lanes left over are zero.
void FillLanes(const float* points, Index count, Index width, double* lanes);
void FillLanes(const double* points, Index count, Index width, double* lanes);

// The rank of each point to each row at [row * kLanes + point].
void LaneRanks(const Space& space, const double* lanes, const float* rows, Index count, Index width,
               double* ranks);
// The ranks of one point to each row.
void RowRanks(const Space& space, const float* point, const float* rows, Index count, Index width,
              double* ranks);

}  // namespace moonlet::ml
