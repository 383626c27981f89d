#include "engine/tensor/scaling.h"

#include <algorithm>
#include <cmath>

namespace moonlet {

Status ScaleToUnit(double* elements, Index count, double* scale) {
  double largest = 0;
  bool finite = true;
  for (Index i = 0; i < count; ++i) {
    finite &= std::isfinite(elements[i]);
    largest = std::max(largest, std::fabs(elements[i]));
  }
  if (!finite) return Status::Invalid("the elements must be finite");
  int exponent = 0;
  std::frexp(largest, &exponent);
  exponent = std::clamp(exponent, -1000, 1000);  // the power and its inverse are both normal
  *scale = std::ldexp(1.0, exponent);
  const double inverse = std::ldexp(1.0, -exponent);
  for (Index i = 0; i < count; ++i) elements[i] *= inverse;
  return {};
}

}  // namespace moonlet
