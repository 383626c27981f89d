// engine/ml/metrics_values.h - how far predicted values are from the true ones.
#pragma once
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

struct Values {
  const double* truth;
  const double* predicted;
  Index count;                      // at least 1
  const double* weights = nullptr;  // null: all 1

  double weight(Index i) const { return weights != nullptr ? weights[i] : 1.0; }
  double error(Index i) const { return truth[i] - predicted[i]; }
};

double MeanAbsoluteError(const Values& v);
double MeanSquaredError(const Values& v);
// Relative to the true value.
double MeanAbsolutePercentageError(const Values& v);
// `room` takes count doubles. Weights do not count, nor do they in MaxError.
double MedianAbsoluteError(const Values& v, double* room);
double MaxError(const Values& v);
// 1 less the share of the variance that is left; R2 counts a constant error as well. A constant
// truth gives 1 when it is met, else 0.
double R2(const Values& v);
double ExplainedVariance(const Values& v);

}  // namespace moonlet::ml
