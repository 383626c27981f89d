// engine/ml/softmax.h - from logarithms of weights to probabilities.
#pragma once
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// log(sum(exp(row))), without overflow. A row of -inf gives -inf.
inline double LogSumExp(const double* row, Index n) {
  const double most = *std::max_element(row, row + n);
  if (!std::isfinite(most)) return most;
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += moonlet_exp(row[i] - most);
  return most + moonlet_log(sum);
}

// In place.
inline void Softmax(double* row, Index n) {
  const double most = *std::max_element(row, row + n);
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += row[i] = moonlet_exp(row[i] - most);
  for (Index i = 0; i < n; ++i) row[i] /= sum;
}

}  // namespace moonlet::ml
