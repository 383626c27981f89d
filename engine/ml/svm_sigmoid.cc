#include "engine/ml/svm_sigmoid.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml::svm {
namespace {

// What FitSigmoid makes small: targets drawn in from 0 and 1, as Platt has them.
class Likelihood {
 public:
  Likelihood(const double* decisions, const int8_t* y, Index count)
      : decisions_(decisions), y_(y), count_(count) {
    double positive = 0;
    for (Index i = 0; i < count; ++i) positive += y[i] > 0;
    const double negative = static_cast<double>(count) - positive;
    high_ = (positive + 1) / (positive + 2);
    low_ = 1 / (negative + 2);
    prior_ = moonlet_log((negative + 1) / (positive + 1));
  }
  double prior() const { return prior_; }
  double Loss(const Sigmoid& s) const;
  void Derive(const Sigmoid& s, double* gradient, double* hessian) const;

 private:
  double target(Index i) const { return y_[i] > 0 ? high_ : low_; }

  const double* decisions_;
  const int8_t* y_;
  Index count_;
  double high_, low_, prior_;
};

double Likelihood::Loss(const Sigmoid& s) const {
  double loss = 0;
  for (Index i = 0; i < count_; ++i) {
    const double z = decisions_[i] * s.a + s.b;
    loss += z >= 0 ? target(i) * z + moonlet_log(1 + moonlet_exp(-z))
                   : (target(i) - 1) * z + moonlet_log(1 + moonlet_exp(z));
  }
  return loss;
}

// hessian: of a a, a b, b b.
void Likelihood::Derive(const Sigmoid& s, double* gradient, double* hessian) const {
  constexpr double kRidge = 1e-12;  // so that it can be inverted
  gradient[0] = gradient[1] = hessian[1] = 0;
  hessian[0] = hessian[2] = kRidge;
  for (Index i = 0; i < count_; ++i) {
    const double d = decisions_[i], p = s.Of(d);
    const double curvature = p * (1 - p), slope = target(i) - p;
    hessian[0] += d * d * curvature;
    hessian[1] += d * curvature;
    hessian[2] += curvature;
    gradient[0] += d * slope;
    gradient[1] += slope;
  }
}

}  // namespace

double Sigmoid::Of(double decision) const {
  const double z = decision * a + b;
  if (z < 0) return 1 / (1 + moonlet_exp(z));
  const double e = moonlet_exp(-z);
  return e / (1 + e);
}

Sigmoid FitSigmoid(const double* decisions, const int8_t* y, Index count) {
  constexpr int kMostSteps = 100;
  constexpr double kLeastStep = 1e-10, kFlat = 1e-5, kDescent = 1e-4;
  const Likelihood likelihood(decisions, y, count);
  Sigmoid now = {0, likelihood.prior()};
  double loss = likelihood.Loss(now);
  for (int i = 0; i < kMostSteps; ++i) {
    double g[2], h[3];
    likelihood.Derive(now, g, h);
    if (std::fabs(g[0]) < kFlat && std::fabs(g[1]) < kFlat) break;
    const double det = h[0] * h[2] - h[1] * h[1];
    const double da = -(h[2] * g[0] - h[1] * g[1]) / det;
    const double db = -(h[0] * g[1] - h[1] * g[0]) / det;
    const double along = g[0] * da + g[1] * db;
    double step = 1;
    for (; step >= kLeastStep; step /= 2) {
      const Sigmoid next = {now.a + step * da, now.b + step * db};
      const double next_loss = likelihood.Loss(next);
      if (!(next_loss < loss + kDescent * step * along)) continue;
      now = next;
      loss = next_loss;
      break;
    }
    if (step < kLeastStep) break;
  }
  return now;
}

void CouplePairs(const double* pairs, Index k, double* scratch, double* out) {
  const double close = 0.005 / static_cast<double>(k);
  constexpr int kMostRounds = 100;
  double* q = scratch;
  double* qp = scratch + k * k;
  for (Index t = 0; t < k; ++t) {
    out[t] = 1 / static_cast<double>(k);
    q[t * k + t] = 0;
    for (Index j = 0; j < k; ++j) {
      if (j == t) continue;
      q[t * k + t] += pairs[j * k + t] * pairs[j * k + t];
      q[t * k + j] = -pairs[j * k + t] * pairs[t * k + j];
    }
  }
  for (int i = 0; i < kMostRounds; ++i) {
    double pqp = 0, worst = 0;
    for (Index t = 0; t < k; ++t) {
      qp[t] = 0;
      for (Index j = 0; j < k; ++j) qp[t] += q[t * k + j] * out[j];
      pqp += out[t] * qp[t];
    }
    for (Index t = 0; t < k; ++t) worst = std::max(worst, std::fabs(qp[t] - pqp));
    if (!(worst >= close)) return;
    for (Index t = 0; t < k; ++t) {
      const double step = (pqp - qp[t]) / q[t * k + t];
      out[t] += step;
      pqp = (pqp + step * (step * q[t * k + t] + 2 * qp[t])) / (1 + step) / (1 + step);
      for (Index j = 0; j < k; ++j) {
        qp[j] = (qp[j] + step * q[t * k + j]) / (1 + step);
        out[j] /= 1 + step;
      }
    }
  }
}

}  // namespace moonlet::ml::svm
