#include "engine/ml/scaling.h"

namespace moonlet::ml {

void Shrink(const Samples& x, const double* offset, const double* scale, double* out) {
  for (Index i = 0; i < x.count; ++i, out += x.width) {
    const float* row = x.row(i);
    for (Index j = 0; j < x.width; ++j) {
      const double moved = offset != nullptr ? row[j] - offset[j] : row[j];
      out[j] = scale != nullptr ? moved / scale[j] : moved;
    }
  }
}

void Stretch(const Samples& x, const double* offset, const double* scale, double* out) {
  for (Index i = 0; i < x.count; ++i, out += x.width) {
    const float* row = x.row(i);
    for (Index j = 0; j < x.width; ++j) {
      const double stretched = scale != nullptr ? row[j] * scale[j] : row[j];
      out[j] = offset != nullptr ? stretched + offset[j] : stretched;
    }
  }
}

double UsableScale(double scale) {
  constexpr double kLeast = 10 * 0x1p-52;
  return scale < kLeast ? 1.0 : scale;
}

}  // namespace moonlet::ml
