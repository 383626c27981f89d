// Least squares: the error's derivative by each coefficient of a cosine series is linear in
// them, so the best series solves Q a = b, Q a Toeplitz matrix plus a Hankel one. After
// I. Selesnick, "Linear-Phase FIR Filter Design by Least Squares", and scipy.signal.firls.
#include <cmath>

#include "dsp/fir_design.h"
#include "dsp/special.h"
#include "engine/base/libm.h"
#include "engine/tensor/least_squares.h"

namespace moonlet::dsp {
namespace {

double Sinc(double x) { return x == 0 ? 1 : moonlet_sin(kPi * x) / (kPi * x); }

Status CheckBands(const LeastSquaresDesign& d, size_t taps) {
  if (taps % 2 == 0) return Status::Invalid("an odd number of taps expected");
  const size_t edges = d.bands.size();
  if (edges == 0 || edges % 2 != 0) return Status::Invalid("bands as pairs of edges expected");
  if (d.desired.size() != edges) return Status::Invalid("one desired gain for each edge expected");
  if (!d.weights.empty() && d.weights.size() != edges / 2)
    return Status::Invalid("one weight for each band expected");
  for (size_t i = 0; i < edges; ++i) {
    if (!(d.bands[i] >= 0 && d.bands[i] <= 1))
      return Status::Invalid("bands from 0 to half the sample rate expected");
    const bool apart =
        i == 0 || (i % 2 == 1 ? d.bands[i] > d.bands[i - 1] : d.bands[i] >= d.bands[i - 1]);
    if (!apart) return Status::Invalid("bands of some width, ascending and apart, expected");
  }
  for (const double w : d.weights)
    if (!(w >= 0 && std::isfinite(w))) return Status::Invalid("weights of at least 0 expected");
  for (const double gain : d.desired)
    if (!std::isfinite(gain)) return Status::Invalid("finite gains expected");
  return {};
}

// The weighted integrals over all bands of cos(pi n f), and of the desired response times it.
struct Integrals {
  double plain = 0, desired = 0;
};
Integrals IntegralsOf(const LeastSquaresDesign& d, size_t order) {
  const auto n = static_cast<double>(order);
  Integrals sum;
  for (size_t i = 0; i < d.bands.size(); i += 2) {
    const double weight = d.weights.empty() ? 1 : d.weights[i / 2];
    const double slope = (d.desired[i + 1] - d.desired[i]) / (d.bands[i + 1] - d.bands[i]);
    const double offset = d.desired[i] - d.bands[i] * slope;
    for (size_t edge = 0; edge < 2; ++edge) {
      const double f = d.bands[i + edge], sign = edge == 0 ? -weight : weight;
      const double tail = order == 0 ? -slope * f * f / 2
                                     : slope * moonlet_cos(kPi * n * f) / (kPi * n * (kPi * n));
      sum.plain += sign * f * Sinc(f * n);
      sum.desired += sign * (f * (slope * f + offset) * Sinc(f * n) + tail);
    }
  }
  return sum;
}

// Solves q x = b in place by Cholesky's decomposition, n rows; false when a pivot vanishes.
bool SolvePositive(double* q, double* b, size_t n, const StopToken& stop) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      const double before = q[i * n + j];
      double sum = before;
      for (size_t k = 0; k < j; ++k) sum -= q[i * n + k] * q[j * n + k];
      if (i == j && !(sum > before * 0x1p-44)) return false;
      q[i * n + j] = i == j ? std::sqrt(sum) : sum / q[j * n + j];
    }
    if (stop.raised()) return true;
    for (size_t k = 0; k < i; ++k) b[i] -= q[i * n + k] * b[k];
    b[i] /= q[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= q[k * n + i] * b[k];
    b[i] /= q[i * n + i];
  }
  return true;
}

void FillMatrix(const double* integrals, double* q, size_t n) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      q[i * n + j] = integrals[i > j ? i - j : j - i] + integrals[i + j];
}

// Rank-deficient systems, where bands leave much free: the shortest solution.
Status SolveShortest(double* q, double* b, double* x, double* spare, size_t n, Allocator& memory,
                     const StopToken& stop) {
  const auto length = static_cast<Index>(n);
  const Shape row = {1, {length}};
  const Tensor a = RowMajor(q, DType::kFloat64, {2, {length, length}});
  const Tensor right = RowMajor(b, DType::kFloat64, row), left = RowMajor(x, DType::kFloat64, row);
  const Tensor residuals = RowMajor(spare, DType::kFloat64, {1, {1}});
  const Tensor values = RowMajor(spare + 1, DType::kFloat64, row);
  LstsqResult result = {&left, &residuals, &values};
  const double rcond = static_cast<double>(n) * 0x1p-52;
  return Lstsq(a, right, rcond, &result, memory, stop);
}

// `room` holds what Room says.
size_t Room(size_t n) { return n * n + 2 * n + 3 * n + 1; }
Status Solve(const LeastSquaresDesign& design, std::span<double> taps, double* room,
             Allocator& memory, const StopToken& stop) {
  const size_t n = (taps.size() + 1) / 2;
  double* const q = room;
  double* const integrals = q + n * n;  // 2 n - 1 of them
  double* const b = integrals + 2 * n;
  double* const x = b + n;
  double* const spare = x + n;
  for (size_t i = 0; i < 2 * n - 1; ++i) {
    if (stop.raised()) return Status::Stopped();
    const Integrals at = IntegralsOf(design, i);
    integrals[i] = at.plain;
    if (i < n) b[i] = x[i] = at.desired;
  }
  FillMatrix(integrals, q, n);
  if (!SolvePositive(q, x, n, stop)) {
    FillMatrix(integrals, q, n);
    if (Status s = SolveShortest(q, b, x, spare, n, memory, stop); !s.ok()) return s;
  }
  if (stop.raised()) return Status::Stopped();
  taps[n - 1] = 2 * x[0];
  for (size_t i = 1; i < n; ++i) taps[n - 1 - i] = taps[n - 1 + i] = x[i];
  return {};
}

}  // namespace

Status DesignFirls(const LeastSquaresDesign& design, std::span<double> taps, Allocator& memory,
                   const StopToken& stop) noexcept {
  if (Status s = CheckBands(design, taps.size()); !s.ok()) return s;
  const size_t bytes = Room((taps.size() + 1) / 2) * sizeof(double);
  auto* const room = static_cast<double*>(memory.Allocate(bytes, alignof(double)));
  if (room == nullptr) return Status::NoMemory(bytes);
  const Status status = Solve(design, taps, room, memory, stop);
  memory.Free(room, bytes);
  return status;
}

}  // namespace moonlet::dsp
