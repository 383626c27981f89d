#include "engine/ml/distance.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

struct AddSquare {
  static void Step(double& sum, double a, double b) {
    const double d = a - b;
    sum += d * d;
  }
};
struct AddMagnitude {
  static void Step(double& sum, double a, double b) { sum += std::fabs(a - b); }
};
struct TakeLarger {
  static void Step(double& most, double a, double b) {
    const double d = std::fabs(a - b);
    most = d > most ? d : most;
  }
};
struct AddProduct {
  static void Step(double& sum, double a, double b) { sum += a * b; }
};

template <typename Operation>
void EachLane(const double* lanes, const float* rows, Index count, Index width, double* ranks) {
  for (Index i = 0; i < count; ++i, rows += width, ranks += kLanes) {
    double sums[kLanes] = {};
    const double* column = lanes;
    for (Index j = 0; j < width; ++j, column += kLanes) {
      const double b = rows[j];
#pragma GCC unroll 8  // so that the sums stay in registers
      for (int l = 0; l < kLanes; ++l) Operation::Step(sums[l], column[l], b);
    }
    std::copy_n(sums, kLanes, ranks);
  }
}

// Four rows at a time, so that one sum need not wait for the other.
template <typename Operation>
void EachRow(const float* point, const float* rows, Index count, Index width, double* ranks) {
  Index i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* row = rows + i * width;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (Index j = 0; j < width; ++j) {
      const double a = point[j];
      Operation::Step(s0, a, row[j]);
      Operation::Step(s1, a, row[j + width]);
      Operation::Step(s2, a, row[j + 2 * width]);
      Operation::Step(s3, a, row[j + 3 * width]);
    }
    ranks[i] = s0;
    ranks[i + 1] = s1;
    ranks[i + 2] = s2;
    ranks[i + 3] = s3;
  }
  for (; i < count; ++i) {
    const float* row = rows + i * width;
    double sum = 0;
    for (Index j = 0; j < width; ++j) Operation::Step(sum, point[j], row[j]);
    ranks[i] = sum;
  }
}

// As shares of the largest difference, whose powers stay in double's range.
template <typename T>
double MinkowskiDistance(const T* a, Index stride, const float* b, Index width, double p) {
  double most = 0, sum = 0;
  for (Index j = 0; j < width; ++j) TakeLarger::Step(most, a[j * stride], b[j]);
  if (most == 0) return 0;
  for (Index j = 0; j < width; ++j) {
    const double a_j = a[j * stride];
    sum += moonlet_pow(std::fabs(a_j - b[j]) / most, p);
  }
  return most * moonlet_pow(sum, 1 / p);
}

double SquaredLength(const float* row, Index width) {
  double sum = 0;
  for (Index j = 0; j < width; ++j) AddProduct::Step(sum, row[j], row[j]);
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
      AddProduct::Step(squares[l], value, value);
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
  switch (space.metric) {
    case Metric::kEuclidean:
      return EachLane<AddSquare>(lanes, rows, count, width, ranks);
    case Metric::kManhattan:
      return EachLane<AddMagnitude>(lanes, rows, count, width, ranks);
    case Metric::kChebyshev:
      return EachLane<TakeLarger>(lanes, rows, count, width, ranks);
    case Metric::kMinkowski:
      break;
    case Metric::kCosine:
      EachLane<AddProduct>(lanes, rows, count, width, ranks);
      break;
  }
  for (Index i = 0; i < count; ++i) {
    const float* row = rows + i * width;
    const bool cosine = space.metric == Metric::kCosine;
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
  switch (space.metric) {
    case Metric::kEuclidean:
      return EachRow<AddSquare>(point, rows, count, width, ranks);
    case Metric::kManhattan:
      return EachRow<AddMagnitude>(point, rows, count, width, ranks);
    case Metric::kChebyshev:
      return EachRow<TakeLarger>(point, rows, count, width, ranks);
    case Metric::kMinkowski:
      break;
    case Metric::kCosine:
      EachRow<AddProduct>(point, rows, count, width, ranks);
      break;
  }
  const bool cosine = space.metric == Metric::kCosine;
  const double square = cosine ? SquaredLength(point, width) : 0;
  for (Index i = 0; i < count; ++i) {
    const float* row = rows + i * width;
    ranks[i] = cosine ? CosineDistance(ranks[i], square, SquaredLength(row, width))
                      : MinkowskiDistance(point, 1, row, width, space.p);
  }
}

}  // namespace moonlet::ml
