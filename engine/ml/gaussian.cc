#include "engine/ml/gaussian.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"
#include "engine/tensor/cholesky.h"

namespace moonlet::ml {
namespace {

// What is left of a variance when the features before it are known, as a share of it: below this
// it is rounding.
constexpr double kSingular = 1e-12;

}  // namespace

void SquaredDistances(Measure measure, const Samples& x, const double* mean, const double* matrix,
                      double* out, Index step, double* scratch) {
  OverDoubles().squared_distances({measure, mean, matrix}, RowsOf(x), out, step, scratch);
}

double LogOfProduct(const double* values, Index count, Index step) {
  double sum = 0, product = 1;
  for (Index i = 0; i < count; ++i) {
    const double next = product * values[i * step];
    if (next > 1e-150 && next < 1e150) {
      product = next;
      continue;
    }
    sum += moonlet_log(product);
    product = values[i * step];
  }
  return sum + moonlet_log(product);
}

void AddOuter(const double* d, double weight, Index n, double* sums) {
  OverDoubles().add_outer(d, weight, n, sums);
}

void Mirror(double* a, Index n) {
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) a[j * n + i] = a[i * n + j];
}

Status SumAround(const Fit& fit, int32_t code, double* mean, double* squares, double* row,
                 double* count) {
  const Index n = fit.x.width;
  std::fill_n(mean, n, 0.0);
  std::fill_n(squares, n * n, 0.0);
  *count = 0;
  const auto counts = [&](Index i) { return fit.codes == nullptr || fit.codes[i] == code; };
  for (Index i = 0; i < fit.x.count; ++i) {
    if (!counts(i)) continue;
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    *count += 1;
    OverDoubles().add_scaled_floats(mean, fit.x.row(i), 1, n);
  }
  for (Index j = 0; j < n; ++j) mean[j] /= *count;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (!counts(i)) continue;
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    for (Index j = 0; j < n; ++j) row[j] = fit.x.row(i)[j] - mean[j];
    AddOuter(row, 1, n, squares);
  }
  Mirror(squares, n);
  return {};
}

Status FactorPrecision(double* a, Index n, const StopToken& stop) {
  if (Status s = FactorCholesky(a, n, stop); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) {
    double variance = 0;
    for (Index j = 0; j <= i; ++j) variance += a[i * n + j] * a[i * n + j];
    if (!(a[i * n + i] * a[i * n + i] > kSingular * variance))
      return Status::Invalid("the matrix is singular");
  }
  // The inverse of the lower factor, row j of its transpose going to the right of the diagonal.
  for (Index j = 0; j < n; ++j) {
    if (stop.raised()) return Status::Stopped();
    double* column = a + j * n;
    for (Index i = j + 1; i < n; ++i) {
      const double* row = a + i * n;
      double sum = row[j] / column[j];
      for (Index k = j + 1; k < i; ++k) sum += row[k] * column[k];
      column[i] = -sum / row[i];
    }
  }
  for (Index i = 0; i < n; ++i) {
    a[i * n + i] = 1 / a[i * n + i];
    std::fill_n(a + i * n, i, 0.0);
  }
  return {};
}

Status PrecisionOf(const double* factor, Index n, const StopToken& stop, double* precision) {
  for (Index i = 0; i < n; ++i) {
    if (stop.raised()) return Status::Stopped();
    for (Index j = 0; j <= i; ++j) {
      double sum = 0;
      for (Index k = i; k < n; ++k) sum += factor[i * n + k] * factor[j * n + k];
      precision[i * n + j] = precision[j * n + i] = sum;
    }
  }
  return {};
}

}  // namespace moonlet::ml
