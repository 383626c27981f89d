#include "engine/ml/metrics_values.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/columns.h"

namespace moonlet::ml {
namespace {

// The weighted mean of f(0), f(1), ...
template <typename F>
double Mean(const Values& v, F f) {
  double sum = 0, weights = 0;
  for (Index i = 0; i < v.count; ++i) {
    sum += v.weight(i) * f(i);
    weights += v.weight(i);
  }
  return sum / weights;
}

double Explained(const Values& v, double shift) {
  const double mean = Mean(v, [&](Index i) { return v.truth[i]; });
  const auto square = [](double d) { return d * d; };
  const double left = Mean(v, [&](Index i) { return square(v.error(i) - shift); });
  const double all = Mean(v, [&](Index i) { return square(v.truth[i] - mean); });
  if (all == 0) return left == 0 ? 1 : 0;
  return 1 - left / all;
}

}  // namespace

double MeanAbsoluteError(const Values& v) {
  return Mean(v, [&](Index i) { return std::fabs(v.error(i)); });
}

double MeanSquaredError(const Values& v) {
  return Mean(v, [&](Index i) { return v.error(i) * v.error(i); });
}

double MeanAbsolutePercentageError(const Values& v) {
  constexpr double kLeast = 0x1p-52;
  return Mean(
      v, [&](Index i) { return std::fabs(v.error(i)) / std::max(std::fabs(v.truth[i]), kLeast); });
}

double MedianAbsoluteError(const Values& v, double* room) {
  for (Index i = 0; i < v.count; ++i) room[i] = std::fabs(v.error(i));
  return Median(room, v.count);
}

double MaxError(const Values& v) {
  double most = 0;
  for (Index i = 0; i < v.count; ++i) most = std::max(most, std::fabs(v.error(i)));
  return most;
}

double R2(const Values& v) { return Explained(v, 0); }

double ExplainedVariance(const Values& v) {
  return Explained(v, Mean(v, [&](Index i) { return v.error(i); }));
}

}  // namespace moonlet::ml
