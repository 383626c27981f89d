#include "engine/tensor/lu.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/double_loops.h"

namespace moonlet {
namespace {

// The row from `first` on with the largest element in column `first`.
Index PivotRow(const double* a, Index n, Index first) {
  Index pivot = first;
  for (Index i = first + 1; i < n; ++i)
    if (std::fabs(a[i * n + first]) > std::fabs(a[pivot * n + first])) pivot = i;
  return pivot;
}

// row -= factor * from
void SubtractRow(double* row, const double* from, double factor, Index n) {
  OverRows().add_scaled(row, from, -factor, n);
}

}  // namespace

Status Eliminate(double* a, Index n, double* b, Index k, const StopToken& stop, LuResult* result) {
  *result = {};
  for (Index c = 0; c < n; ++c) {
    const Index pivot = PivotRow(a, n, c);
    if (a[pivot * n + c] == 0) {
      result->singular = true;
      return {};
    }
    if (pivot != c) {
      std::swap_ranges(a + pivot * n, a + (pivot + 1) * n, a + c * n);
      std::swap_ranges(b + pivot * k, b + (pivot + 1) * k, b + c * k);
      result->sign = -result->sign;
    }
    for (Index i = c + 1; i < n; ++i) {
      if (stop.raised()) return Status::Stopped();
      const double factor = a[i * n + c] / a[c * n + c];
      SubtractRow(a + i * n + c + 1, a + c * n + c + 1, factor, n - c - 1);
      SubtractRow(b + i * k, b + c * k, factor, k);
    }
  }
  return {};
}

Status BackSubstitute(const double* a, Index n, double* b, Index k, const StopToken& stop) {
  for (Index i = n - 1; i >= 0; --i) {
    double* row = b + i * k;
    for (Index j = i + 1; j < n; ++j) {
      if (stop.raised()) return Status::Stopped();
      SubtractRow(row, b + j * k, a[i * n + j], k);
    }
    for (Index j = 0; j < k; ++j) row[j] /= a[i * n + i];
  }
  return {};
}

}  // namespace moonlet
