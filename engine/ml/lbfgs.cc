#include "engine/ml/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/ml/buffer.h"

namespace moonlet::ml {
namespace {

constexpr Index kPairs = 10;     // of steps and changes of the gradient that are remembered
constexpr int kMostTrials = 60;  // of one line search
constexpr double kDecrease = 1e-4, kCurvature = 0.9, kSlope = 0.8;
constexpr double kRounding = 1e-13;  // of values, relative

double Inner(const double* a, const double* b, Index n) {
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

double Largest(const double* a, Index n) {
  double most = 0;
  for (Index i = 0; i < n; ++i) most = std::max(most, std::fabs(a[i]));
  return most;
}

class Lbfgs {
 public:
  Lbfgs(Smooth* function, double* x, Index n, const Work& work)
      : function_(function),
        x_(x),
        n_(n),
        work_(work),
        steps_(work.memory, kPairs, n),
        changes_(work.memory, kPairs, n),
        scratch_(work.memory, 4, n) {}

  Status Run(int64_t iterations, double tol, int64_t* rounds);

 private:
  double* step(Index i) { return steps_.data() + i % kPairs * n_; }
  double* change(Index i) { return changes_.data() + i % kPairs * n_; }
  void Direct();
  Status Search(bool* found);
  void Remember();

  Smooth* function_;
  double* x_;
  Index n_;
  const Work& work_;
  Buffer<double> steps_, changes_, scratch_;
  double products_[kPairs];    // of step and change
  Index first_ = 0, end_ = 0;  // the pairs remembered
  double value_ = 0;
  double *gradient_ = nullptr, *direction_ = nullptr, *trial_ = nullptr, *next_ = nullptr;
};

// The direction: the gradient times the inverse curvature that the pairs tell, negative.
void Lbfgs::Direct() {
  double along[kPairs];
  for (Index j = 0; j < n_; ++j) direction_[j] = -gradient_[j];
  for (Index i = end_ - 1; i >= first_; --i) {
    along[i % kPairs] = Inner(step(i), direction_, n_) / products_[i % kPairs];
    for (Index j = 0; j < n_; ++j) direction_[j] -= along[i % kPairs] * change(i)[j];
  }
  if (end_ > first_) {
    const double* last = change(end_ - 1);
    const double scale = products_[(end_ - 1) % kPairs] / Inner(last, last, n_);
    for (Index j = 0; j < n_; ++j) direction_[j] *= scale;
  }
  for (Index i = first_; i < end_; ++i) {
    const double back =
        along[i % kPairs] - Inner(change(i), direction_, n_) / products_[i % kPairs];
    for (Index j = 0; j < n_; ++j) direction_[j] += back * step(i)[j];
  }
}

// Goes along the direction to a point that is good enough: `trial_`, with its gradient in `next_`.
Status Lbfgs::Search(bool* found) {
  const double slope = Inner(gradient_, direction_, n_);
  *found = false;
  if (!(slope < 0)) return {};
  const double start = value_, noise = kRounding * std::fabs(start);
  double low = 0, high = std::numeric_limits<double>::infinity();
  double length = end_ > first_ ? 1 : std::min(1.0, 1 / Largest(gradient_, n_));
  for (int i = 0; i < kMostTrials; ++i) {
    for (Index j = 0; j < n_; ++j) trial_[j] = x_[j] + length * direction_[j];
    if (Status s = function_->Evaluate(trial_, &value_, next_); !s.ok()) return s;
    const double there = Inner(next_, direction_, n_);
    const bool lower = value_ <= start + kDecrease * length * slope ||
                       (value_ <= start + noise && there <= -kSlope * slope);
    if (!lower || !std::isfinite(there)) {
      high = length;
    } else if (there < kCurvature * slope) {
      low = length;
    } else {
      *found = true;
      return {};
    }
    length = std::isinf(high) ? 2 * length : (low + high) / 2;
  }
  value_ = start;
  return {};
}

// Takes the trial over, and what it tells of the curvature.
void Lbfgs::Remember() {
  double* s = step(end_);
  double* y = change(end_);
  for (Index j = 0; j < n_; ++j) {
    s[j] = trial_[j] - x_[j];
    y[j] = next_[j] - gradient_[j];
    x_[j] = trial_[j];
  }
  std::swap(gradient_, next_);
  const double product = Inner(s, y, n_);
  if (!(product > 0)) return;
  products_[end_ % kPairs] = product;
  ++end_;
  first_ = std::max(first_, end_ - kPairs);
}

Status Lbfgs::Run(int64_t iterations, double tol, int64_t* rounds) {
  *rounds = 0;
  for (const Buffer<double>* b : {&steps_, &changes_, &scratch_})
    if (!b->ok()) return b->Refusal();
  gradient_ = scratch_.data();
  direction_ = gradient_ + n_;
  trial_ = direction_ + n_;
  next_ = trial_ + n_;
  if (Status s = function_->Evaluate(x_, &value_, gradient_); !s.ok()) return s;
  while (*rounds < iterations && Largest(gradient_, n_) > tol) {
    const double share = static_cast<double>(*rounds) / static_cast<double>(iterations);
    if (Status s = work_.Done(share); !s.ok()) return s;
    Direct();
    bool found;
    if (Status s = Search(&found); !s.ok()) return s;
    if (found) {
      Remember();
      ++*rounds;
    } else if (end_ > first_) {
      first_ = end_;  // what was remembered misleads
    } else {
      break;
    }
  }
  return {};
}

}  // namespace

Status MinimizeLbfgs(Smooth* function, double* x, Index n, int64_t iterations, double tol,
                     const Work& work, int64_t* rounds) {
  return Lbfgs(function, x, n, work).Run(iterations, tol, rounds);
}

}  // namespace moonlet::ml
