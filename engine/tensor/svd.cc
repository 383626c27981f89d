#include "engine/tensor/svd.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/tensor/rotation.h"

namespace moonlet {
namespace {

// A column so short counts as zero: its square still has all its bits.
constexpr double kShortest = 0x1p-480;

double InnerProduct(const double* a, const double* b, Index n) {
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// The inner products of two rows with themselves and each other.
struct PairProducts {
  double aa = 0, bb = 0, ab = 0;
};
PairProducts ProductsOf(const double* a, const double* b, Index n) {
  PairProducts sums;
  for (Index i = 0; i < n; ++i) {  // side by side, as each waits for its last term
    sums.aa += a[i] * a[i];
    sums.bb += b[i] * b[i];
    sums.ab += a[i] * b[i];
  }
  return sums;
}

// Makes each pair of rows of w orthogonal once, with `v` turned alike.
Status SweepPairs(double* w, Index m, Index n, double* v, const StopToken& stop, bool* changed) {
  // What rounding leaves of the inner product of orthogonal rows, with some room.
  const double tolerance =
      8 * std::sqrt(static_cast<double>(m)) * std::numeric_limits<double>::epsilon();
  *changed = false;
  for (Index p = 0; p < n; ++p) {
    for (Index q = p + 1; q < n; ++q) {
      if (stop.raised()) return Status::Stopped();
      double* a = w + p * m;
      double* b = w + q * m;
      const auto [aa, bb, ab] = ProductsOf(a, b, m);
      if (!(std::fabs(ab) > tolerance * std::sqrt(aa) * std::sqrt(bb))) continue;
      const PlaneRotation r = RotationFor(aa, bb, ab);
      RotateRows(r, a, b, m);
      RotateRows(r, v + p * n, v + q * n, n);
      *changed = true;
    }
  }
  return {};
}

// Puts the largest value first, by exchanges.
void SortDescending(double* values, double* w, Index m, double* v, Index n) {
  for (Index i = 0; i < n; ++i) {
    const Index largest = std::max_element(values + i, values + n) - values;
    if (largest == i) continue;
    std::swap(values[i], values[largest]);
    std::swap_ranges(w + i * m, w + (i + 1) * m, w + largest * m);
    std::swap_ranges(v + i * n, v + (i + 1) * n, v + largest * n);
  }
}

// The axis that the rows so far leave most of.
Index FreestAxis(const double* rows, Index known, Index m, const StopToken& stop) {
  Index freest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (Index axis = 0; axis < m && !stop.raised(); ++axis) {
    double taken = 0;
    for (Index i = 0; i < known; ++i) taken += rows[i * m + axis] * rows[i * m + axis];
    if (taken < least) {
      least = taken;
      freest = axis;
    }
  }
  return freest;
}

// Takes from `row` what lies along the rows before it.
void Orthogonalize(const double* rows, Index known, Index m, double* row) {
  for (Index i = 0; i < known; ++i) {
    const double along = InnerProduct(rows + i * m, row, m);
    for (Index k = 0; k < m; ++k) row[k] -= along * rows[i * m + k];
  }
}

}  // namespace

Status JacobiSvd(double* w, Index m, Index n, double* values, double* v, const StopToken& stop) {
  std::fill_n(v, n * n, 0.0);
  for (Index i = 0; i < n; ++i) v[i * n + i] = 1;
  bool changed = true;
  for (int sweep = 0; changed && sweep < kMostSweeps; ++sweep)
    if (Status s = SweepPairs(w, m, n, v, stop, &changed); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) {
    if (stop.raised()) return Status::Stopped();
    double* row = w + i * m;
    double length = std::sqrt(InnerProduct(row, row, m));
    if (length < kShortest) length = 0;
    for (Index k = 0; k < m; ++k) row[k] = length > 0 ? row[k] / length : 0;
    values[i] = length;
  }
  SortDescending(values, w, m, v, n);
  return {};
}

Status CompleteBasis(double* rows, Index known, Index count, Index m, const StopToken& stop) {
  for (; known < count; ++known) {
    double* row = rows + known * m;
    std::fill_n(row, m, 0.0);
    row[FreestAxis(rows, known, m, stop)] = 1;
    for (int round = 0; round < 2; ++round) {  // the second takes what rounding left
      if (stop.raised()) return Status::Stopped();
      Orthogonalize(rows, known, m, row);
      const double length = std::sqrt(InnerProduct(row, row, m));
      for (Index k = 0; k < m; ++k) row[k] /= length;
    }
  }
  return {};
}

}  // namespace moonlet
