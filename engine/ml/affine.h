// engine/ml/affine.h - rows times weights plus a bias, what linear methods come to.
#pragma once
#include "engine/kernels/double_loops.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

inline FloatRows RowsOf(const Samples& x) { return {x.data, x.count, x.width}; }

inline void ApplyAffine(const Affine& affine, const Samples& x, double* out) {
  OverDoubles().affine(affine, RowsOf(x), out);
}

}  // namespace moonlet::ml
