#include "engine/tensor/scaling.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/strided.h"

namespace moonlet {

Status ScaleToUnit(double* elements, Index count, const StopToken& stop, double* scale) {
  double largest = 0;
  bool finite = true;
  Status s = ForEachPiece(count, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) {
      finite &= std::isfinite(elements[i]);
      largest = std::max(largest, std::fabs(elements[i]));
    }
  });
  if (!s.ok()) return s;
  if (!finite) return Status::Invalid("the elements must be finite");
  int exponent = 0;
  std::frexp(largest, &exponent);
  exponent = std::clamp(exponent, -1000, 1000);  // the power and its inverse are both normal
  *scale = std::ldexp(1.0, exponent);
  const double inverse = std::ldexp(1.0, -exponent);
  return ForEachPiece(count, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) elements[i] *= inverse;
  });
}

}  // namespace moonlet
