#include "dsp/savgol.h"

#include <algorithm>
#include <cmath>

namespace moonlet::dsp {
namespace {

// The recurrence of the orthonormal polynomials on n equally spaced points between -1 and 1
// (Gram's): x p[k] = b[k + 1] p[k + 1] + b[k] p[k - 1].
void FillGram(int order, double n, double* b) {
  b[0] = 0;
  for (int k = 1; k <= order; ++k) {
    const double kk = static_cast<double>(k) * k;
    b[k] = std::sqrt(kk * (n * n - kk) / (4 * kk - 1)) / (n - 1);
  }
}

// Where sample i of a row is taken from beyond its ends; -1: nowhere.
Index Reflect(SavgolMode mode, Index i, Index n) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case SavgolMode::kNearest:
      return i < 0 ? 0 : n - 1;
    case SavgolMode::kWrap:
      return (i % n + n) % n;
    case SavgolMode::kMirror: {
      if (n == 1) return 0;
      const Index period = 2 * (n - 1), at = (i % period + period) % period;
      return at < n ? at : period - at;
    }
    default:
      return -1;
  }
}

double Inner(std::span<const double> weights, const double* x) {
  double sum = 0;
  for (size_t j = 0; j < weights.size(); ++j) sum += weights[j] * x[j];
  return sum;
}

// A derivative of each polynomial, 0 to `order`, at t.
void FillDerivatives(const double* b, int order, int derivative, double t, double* values) {
  // Derivatives 0 to `derivative` of the polynomials k - 1 and k.
  double before[kMostSavgolOrder + 1] = {}, last[kMostSavgolOrder + 1] = {values[0]};
  values[0] = last[derivative];
  for (int k = 1; k <= order; ++k) {
    for (int d = derivative; d >= 0; --d) {  // downwards: each needs the old one below it
      const double lower = d > 0 ? d * last[d - 1] : 0;
      const double next = (t * last[d] + lower - b[k - 1] * before[d]) / b[k];
      before[d] = last[d];
      last[d] = next;
    }
    values[k] = last[derivative];
  }
}

}  // namespace

// A fitted polynomial is the sum over k of p[k] times its inner product with the samples, so the
// weight of a sample at x is the sum of p[k](x) p[k]'(t), the derivative taken at the position t.
Status SavgolWeights(int order, int derivative, double position, std::span<double> weights) {
  const size_t samples = weights.size();
  if (order < 0 || order > kMostSavgolOrder || static_cast<size_t>(order) >= samples)
    return Status::Invalid("an order of 0 to %d, below the window's length, expected, got %d",
                           kMostSavgolOrder, order);
  if (derivative < 0) return Status::Invalid("a derivative of 0 or more expected");
  std::fill(weights.begin(), weights.end(), 0.0);
  if (derivative > order) return {};
  const auto n = static_cast<double>(samples);
  const double middle = (n - 1) / 2, unit = n > 1 ? 2 / (n - 1) : 1;
  double b[kMostSavgolOrder + 1], at_position[kMostSavgolOrder + 1] = {1 / std::sqrt(n)};
  FillGram(order, n, b);
  FillDerivatives(b, order, derivative, (position - middle) * unit, at_position);
  double scale = 1;
  for (int d = 0; d < derivative; ++d) scale *= unit;
  for (size_t i = 0; i < samples; ++i) {
    const double x = (static_cast<double>(i) - middle) * unit;
    double previous = 0, value = 1 / std::sqrt(n), sum = value * at_position[0];
    for (int k = 1; k <= order; ++k) {
      const double next = (x * value - b[k - 1] * previous) / b[k];
      previous = value;
      value = next;
      sum += value * at_position[k];
    }
    weights[i] = sum * scale;
  }
  return {};
}

Status SavgolFilter(const SavgolDesign& d, std::span<const double> x, std::span<double> weights,
                    std::span<double> out, const StopToken& stop) {
  const auto n = static_cast<Index>(x.size()), length = static_cast<Index>(weights.size());
  const Index before = (length - 1) / 2, half = length / 2;
  const bool fit = d.mode == SavgolMode::kInterp;
  if (fit && length > n)
    return Status::Invalid("a window of at most %lld samples, as there are, expected, got %lld",
                           static_cast<long long>(n), static_cast<long long>(length));
  const double middle = (static_cast<double>(length) - 1) / 2;
  if (Status s = SavgolWeights(d.order, d.derivative, middle, weights); !s.ok()) return s;
  for (Index i = 0; i < n; ++i) {
    if (stop.raised()) return Status::Stopped();
    const Index first = i - before;
    if (first >= 0 && first + length <= n) {
      out[static_cast<size_t>(i)] = Inner(weights, &x[static_cast<size_t>(first)]);
      continue;
    }
    double sum = 0;
    for (Index j = 0; j < length && !fit; ++j) {
      const Index at = Reflect(d.mode, first + j, n);
      sum += weights[static_cast<size_t>(j)] * (at < 0 ? d.outside : x[static_cast<size_t>(at)]);
    }
    out[static_cast<size_t>(i)] = sum;
  }
  // At the ends the polynomials of the first and the last window go on.
  for (Index i = 0; i < half && fit; ++i) {
    if (stop.raised()) return Status::Stopped();
    const auto near = static_cast<double>(i);
    const auto far = static_cast<double>(length - 1 - i);
    if (Status s = SavgolWeights(d.order, d.derivative, near, weights); !s.ok()) return s;
    out[static_cast<size_t>(i)] = Inner(weights, &x[0]);
    if (Status s = SavgolWeights(d.order, d.derivative, far, weights); !s.ok()) return s;
    out[static_cast<size_t>(n - 1 - i)] = Inner(weights, &x[static_cast<size_t>(n - length)]);
  }
  return {};
}

}  // namespace moonlet::dsp
