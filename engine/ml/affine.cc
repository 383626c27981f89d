#include "engine/ml/affine.h"

namespace moonlet::ml {
namespace {

constexpr Index kAtOnce = 8;

template <Index kRows>
void AffineRows(const Affine& affine, const Samples& x, Index first, double* out) {
  const float* rows[kRows];
  for (Index r = 0; r < kRows; ++r) rows[r] = x.row(first + r);
  for (Index k = 0; k < affine.outputs; ++k) {
    const double* weight = affine.weights + k * affine.by_row;
    double sum[kRows] = {};
    for (Index j = 0; j < x.width; ++j, weight += affine.by_feature) {
      const double centre = affine.centre != nullptr ? affine.centre[j] : 0;
      for (Index r = 0; r < kRows; ++r) sum[r] += (rows[r][j] - centre) * *weight;
    }
    const double bias = affine.bias != nullptr ? affine.bias[k] : 0;
    for (Index r = 0; r < kRows; ++r) out[(first + r) * affine.outputs + k] = sum[r] + bias;
  }
}

}  // namespace

void ApplyAffine(const Affine& affine, const Samples& x, double* out) {
  Index i = 0;
  for (; i + kAtOnce <= x.count; i += kAtOnce) AffineRows<kAtOnce>(affine, x, i, out);
  for (; i < x.count; ++i) AffineRows<1>(affine, x, i, out);
}

}  // namespace moonlet::ml
