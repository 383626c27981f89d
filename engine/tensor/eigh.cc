#include "engine/tensor/eigh.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/rotation.h"

namespace moonlet {
namespace {

// Makes element (p, q), and its mirror, zero.
void RotateBoth(double* a, Index n, Index p, Index q) {
  const double across = a[p * n + q];
  const PlaneRotation r = RotationFor(a[p * n + p], a[q * n + q], across);
  const double at_p = a[p * n + p] - r.tangent * across;
  const double at_q = a[q * n + q] + r.tangent * across;
  RotateRows(r, a + p * n, a + q * n, n);
  for (Index k = 0; k < n; ++k) {  // symmetric all along
    a[k * n + p] = a[p * n + k];
    a[k * n + q] = a[q * n + k];
  }
  a[p * n + p] = at_p;
  a[q * n + q] = at_q;
  a[p * n + q] = a[q * n + p] = 0;
}

// One rotation for each element above the diagonal that still counts.
Status Sweep(double* a, Index n, double negligible, double* vectors, const StopToken& stop,
             bool* changed) {
  *changed = false;
  for (Index p = 0; p < n; ++p) {
    if (stop.raised()) return Status::Stopped();
    for (Index q = p + 1; q < n; ++q) {
      if (!(std::fabs(a[p * n + q]) > negligible)) continue;
      if (stop.raised()) return Status::Stopped();
      if (vectors != nullptr) {
        const PlaneRotation r = RotationFor(a[p * n + p], a[q * n + q], a[p * n + q]);
        RotateRows(r, vectors + p * n, vectors + q * n, n);
      }
      RotateBoth(a, n, p, q);
      *changed = true;
    }
  }
  return {};
}

double FrobeniusNorm(const double* a, Index count) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += a[i] * a[i];
  return std::sqrt(sum);
}

// Puts the least first, by exchanges, its vector with it.
void SortAscending(double* values, double* vectors, Index n) {
  for (Index i = 0; i < n; ++i) {
    const Index least = std::min_element(values + i, values + n) - values;
    if (least == i) continue;
    std::swap(values[i], values[least]);
    if (vectors != nullptr)
      std::swap_ranges(vectors + i * n, vectors + (i + 1) * n, vectors + least * n);
  }
}

}  // namespace

Status JacobiEigh(double* a, Index n, double* values, double* vectors, const StopToken& stop) {
  if (vectors != nullptr) {
    std::fill_n(vectors, n * n, 0.0);
    for (Index i = 0; i < n; ++i) vectors[i * n + i] = 1;
  }
  const double negligible = 0x1p-60 * FrobeniusNorm(a, n * n);
  bool changed = true;
  for (int sweep = 0; changed && sweep < kMostSweeps; ++sweep)
    if (Status s = Sweep(a, n, negligible, vectors, stop, &changed); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) values[i] = a[i * n + i];
  SortAscending(values, vectors, n);
  return {};
}

}  // namespace moonlet
