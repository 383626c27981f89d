#include "engine/ml/gaussian.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/tensor/cholesky.h"

namespace moonlet::ml {
namespace {

// What is left of a variance when the features before it are known, as a share of it: below this
// it is rounding.
constexpr double kSingular = 1e-12;

// The difference of kRows rows from the mean, feature by feature.
template <Index kRows>
void Centre(const Samples& x, Index first, const double* mean, double* d) {
  for (Index r = 0; r < kRows; ++r) {
    const float* row = x.row(first + r);
    for (Index j = 0; j < x.width; ++j) d[j * kRows + r] = row[j] - mean[j];
  }
}

// Distances by a matrix whose column j counts up to row j, or as a whole.
template <Index kRows>
void ByMatrix(bool triangular, Index n, const double* matrix, const double* d, double* distance) {
  for (Index j = 0; j < n; ++j) {
    double sum[kRows] = {};
    const Index end = triangular ? j + 1 : n;
    for (Index i = 0; i < end; ++i) {
      const double m = matrix[i * n + j];
      for (Index r = 0; r < kRows; ++r) sum[r] += d[i * kRows + r] * m;
    }
    for (Index r = 0; r < kRows; ++r)
      distance[r] += sum[r] * (triangular ? sum[r] : d[j * kRows + r]);
  }
}

template <Index kRows>
void ByFeature(bool same, Index n, const double* scales, const double* d, double* distance) {
  for (Index j = 0; j < n; ++j) {
    const double scale = scales[same ? 0 : j];
    for (Index r = 0; r < kRows; ++r) {
      const double scaled = d[j * kRows + r] * scale;
      distance[r] += scaled * scaled;
    }
  }
}

template <Index kRows>
void ByVariance(Index n, const double* inverse, const double* d, double* distance) {
  for (Index j = 0; j < n; ++j)
    for (Index r = 0; r < kRows; ++r)
      distance[r] += d[j * kRows + r] * d[j * kRows + r] * inverse[j];
}

template <Index kRows>
void Distances(Measure measure, const Samples& x, Index first, const double* mean,
               const double* matrix, double* out, Index step, double* d) {
  double distance[kRows] = {};
  Centre<kRows>(x, first, mean, d);
  if (measure == Measure::kFactor || measure == Measure::kPrecision) {
    ByMatrix<kRows>(measure == Measure::kFactor, x.width, matrix, d, distance);
  } else if (measure == Measure::kInverseVariances) {
    ByVariance<kRows>(x.width, matrix, d, distance);
  } else {
    ByFeature<kRows>(measure == Measure::kSpherical, x.width, matrix, d, distance);
  }
  for (Index r = 0; r < kRows; ++r) out[(first + r) * step] = distance[r];
}

}  // namespace

void SquaredDistances(Measure measure, const Samples& x, const double* mean, const double* matrix,
                      double* out, Index step, double* scratch) {
  Index i = 0;
  for (; i + kRowsAtOnce <= x.count; i += kRowsAtOnce)
    Distances<kRowsAtOnce>(measure, x, i, mean, matrix, out, step, scratch);
  for (; i < x.count; ++i) Distances<1>(measure, x, i, mean, matrix, out, step, scratch);
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
  for (Index i = 0; i < n; ++i) {
    const double scaled = weight * d[i];
    for (Index j = 0; j <= i; ++j) sums[i * n + j] += scaled * d[j];
  }
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
    for (Index j = 0; j < n; ++j) mean[j] += fit.x.row(i)[j];
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
