// engine/ml/affine.h - rows times weights plus a bias, what linear methods come to.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// out[i][k] = bias[k] + the sum of (x[i][j] - centre[j]) weights[k * by_row + j * by_feature],
// ascending in j. `bias` and `centre` may be null: 0.
struct Affine {
  const double* weights;
  Index outputs;
  Index by_row;
  Index by_feature;
  const double* bias = nullptr;
  const double* centre = nullptr;
};
void ApplyAffine(const Affine& affine, const Samples& x, double* out);

}  // namespace moonlet::ml
