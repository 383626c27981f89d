#include "engine/tensor/cholesky.h"

#include <algorithm>
#include <cmath>

namespace moonlet {

Status FactorCholesky(double* a, Index n, const StopToken& stop) {
  for (Index i = 0; i < n; ++i) {
    double* row = a + i * n;
    for (Index j = 0; j <= i; ++j) {
      if (stop.raised()) return Status::Stopped();
      const double* other = a + j * n;
      double rest = row[j];
      for (Index k = 0; k < j; ++k) rest -= row[k] * other[k];
      if (j < i) {
        row[j] = rest / other[j];
      } else if (rest > 0) {
        row[i] = std::sqrt(rest);
      } else {  // NaN too
        return Status::Invalid("the matrix is not positive definite");
      }
    }
    std::fill(row + i + 1, row + n, 0.0);
  }
  return {};
}

}  // namespace moonlet
