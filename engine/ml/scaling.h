// engine/ml/scaling.h - features moved and stretched, each on its own: what scalers share.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// (x - offset) / scale, by feature. `offset` may be null: 0; so may `scale`: 1.
void Shrink(const Samples& x, const double* offset, const double* scale, double* out);
// The reverse: x * scale + offset.
void Stretch(const Samples& x, const double* offset, const double* scale, double* out);

// The scale itself, or 1 where it is 0 but for rounding: such a feature is constant.
double UsableScale(double scale);

}  // namespace moonlet::ml
