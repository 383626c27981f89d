#include "engine/ml/distance.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/kernels/double_loops.h"

namespace moonlet::ml {
namespace {

// What adds up to a rank, of all metrics but Minkowski's.
Term TermOf(Metric metric) {
  if (metric == Metric::kManhattan) return kMagnitude;
  if (metric == Metric::kChebyshev) return kLargest;
  return metric == Metric::kCosine ? kProduct : kSquare;
}

// As shares of the largest difference, whose powers stay in double's range.
template <typename T>
double MinkowskiDistance(const T* a, Index stride, const float* b, Index width, double p) {
  double most = 0, sum = 0;
  for (Index j = 0; j < width; ++j) {
    const double d = std::fabs(a[j * stride] - static_cast<double>(b[j]));
    most = d > most ? d : most;
  }
  if (most == 0) return 0;
  for (Index j = 0; j < width; ++j) {
    const double a_j = a[j * stride];
    sum += moonlet_pow(std::fabs(a_j - b[j]) / most, p);
  }
  return most * moonlet_pow(sum, 1 / p);
}

double SquaredLength(const float* row, Index width) {
  double sum = 0;
  for (Index j = 0; j < width; ++j) {
    const double value = row[j];
    sum += value * value;
  }
  return sum;
}

// 1 - cos, from a scalar product and squared lengths. Equal rows are exactly 0 apart, a row of
// zeros is 1 from all.
double CosineDistance(double product, double a, double b) {
  if (a == 0 || b == 0) return 1;
  return std::max(1 - product / std::sqrt(a * b), 0.0);
}

template <typename T>
void Fill(const T* points, Index count, Index width, double* lanes) {
  std::fill_n(lanes, LaneRoom(width), 0.0);
  double* squares = lanes + width * kLanes;
  for (Index l = 0; l < count; ++l)
    for (Index j = 0; j < width; ++j) {
      const double value = points[l * width + j];
      lanes[j * kLanes + l] = value;
      squares[l] += value * value;
    }
}

}  // namespace

Space SpaceOf(const Options& options) {
  return {static_cast<Metric>(options.Word(kMetricOption)), options.Number(kPowerOption)};
}

double RankOf(const Space& space, double distance) {
  return space.metric == Metric::kEuclidean ? distance * distance : distance;
}

double DistanceOf(const Space& space, double rank) {
  return space.metric == Metric::kEuclidean ? std::sqrt(rank) : rank;
}

void FillLanes(const float* points, Index count, Index width, double* lanes) {
  Fill(points, count, width, lanes);
}

void FillLanes(const double* points, Index count, Index width, double* lanes) {
  Fill(points, count, width, lanes);
}

void LaneRanks(const Space& space, const double* lanes, const float* rows, Index count, Index width,
               double* ranks) {
  const bool cosine = space.metric == Metric::kCosine;
  if (space.metric != Metric::kMinkowski)
    OverDoubles().lane_sums[TermOf(space.metric)](lanes, {rows, count, width}, ranks);
  if (space.metric != Metric::kMinkowski && !cosine) return;
  for (Index i = 0; i < count; ++i) {
    const float* row = rows + i * width;
    const double square = cosine ? SquaredLength(row, width) : 0;
    for (int l = 0; l < kLanes; ++l) {
      double& rank = ranks[i * kLanes + l];
      rank = cosine ? CosineDistance(rank, lanes[width * kLanes + l], square)
                    : MinkowskiDistance(lanes + l, kLanes, row, width, space.p);
    }
  }
}

void RowRanks(const Space& space, const float* point, const float* rows, Index count, Index width,
              double* ranks) {
  const bool cosine = space.metric == Metric::kCosine;
  if (space.metric != Metric::kMinkowski)
    OverDoubles().row_sums[TermOf(space.metric)](point, {rows, count, width}, ranks);
  if (space.metric != Metric::kMinkowski && !cosine) return;
  const double square = cosine ? SquaredLength(point, width) : 0;
  for (Index i = 0; i < count; ++i) {
    const float* row = rows + i * width;
    ranks[i] = cosine ? CosineDistance(ranks[i], square, SquaredLength(row, width))
                      : MinkowskiDistance(point, 1, row, width, space.p);
  }
}

}  // namespace moonlet::ml
