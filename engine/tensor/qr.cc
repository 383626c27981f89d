#include "engine/tensor/qr.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/double_loops.h"

namespace moonlet {
namespace {

// Turns the column at `x`, m elements `step` apart, into its reflection: beta in place of
// the first element, the rest of v below. Gives tau, 0 when the rest is zero already.
double MakeReflection(double* x, Index m, Index step) {
  double rest = 0;
  for (Index i = 1; i < m; ++i) rest += x[i * step] * x[i * step];
  if (rest == 0) return 0;
  const double first = x[0];
  const double norm = std::sqrt(first * first + rest);
  const double beta = first > 0 ? -norm : norm;  // away from first: nothing cancels
  for (Index i = 1; i < m; ++i) x[i * step] /= first - beta;
  x[0] = beta;
  return (beta - first) / beta;
}

// c -= tau v (v^T c) for the m x n matrix c with rows `stride` apart; v's elements from the
// second on are `v_step` apart.
Status Reflect(const double* v, Index v_step, double tau, double* c, Index m, Index n, Index stride,
               double* work, const StopToken& stop) {
  if (tau == 0) return {};
  constexpr Index kMostWork = 1 << 16;  // between two looks at the stop token
  const Index most = std::max<Index>(kMostWork / std::max<Index>(n, 1), 1);
  std::copy_n(c, n, work);
  for (Index i = 1; i < m; i += most) {
    if (stop.raised()) return Status::Stopped();
    const Index count = std::min(most, m - i);
    OverRows().add_rows({c + i * stride, stride, count, n}, v + i * v_step, v_step, work);
  }
  for (Index j = 0; j < n; ++j) work[j] *= tau;
  for (Index j = 0; j < n; ++j) c[j] -= work[j];
  for (Index i = 1; i < m; i += most) {
    if (stop.raised()) return Status::Stopped();
    const Index count = std::min(most, m - i);
    OverRows().subtract_outer({c + i * stride, stride, count, n}, v + i * v_step, v_step, work);
  }
  return {};
}

}  // namespace

Status FactorQr(double* a, Index m, Index n, double* tau, double* work, const StopToken& stop) {
  for (Index k = 0; k < std::min(m, n); ++k) {
    double* column = a + k * n + k;
    tau[k] = MakeReflection(column, m - k, n);
    Status s = Reflect(column, n, tau[k], column + 1, m - k, n - k - 1, n, work, stop);
    if (!s.ok()) return s;
  }
  return {};
}

Status FormQ(const double* a, Index m, Index n, const double* tau, Index columns, double* q,
             double* work, const StopToken& stop) {
  std::fill_n(q, m * columns, 0.0);
  for (Index i = 0; i < columns; ++i) q[i * columns + i] = 1;
  // From the last reflection on; before it the columns to its left are those of the identity.
  for (Index k = std::min(m, n) - 1; k >= 0; --k) {
    double* corner = q + k * columns + k;
    Status s = Reflect(a + k * n + k, n, tau[k], corner, m - k, columns - k, columns, work, stop);
    if (!s.ok()) return s;
  }
  return {};
}

}  // namespace moonlet
