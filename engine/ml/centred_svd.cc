#include "engine/ml/centred_svd.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/qr.h"
#include "engine/tensor/scaling.h"
#include "engine/tensor/svd.h"

namespace moonlet::ml {
namespace {

constexpr Index kLeastStack = 32;  // rows taken into the triangle at a time

}  // namespace

CentredSvd::CentredSvd(const Fit& fit, Index rows)
    : samples_(fit.x.count),
      features_(fit.x.width),
      rows_(rows),
      rank_(std::min(samples_, features_)),
      mean_(fit.work.memory, features_),
      centre_(fit.work.memory, rows),
      matrix_(fit.work.memory, rank_, features_),
      targets_(fit.work.memory, rows, rank_),
      values_(fit.work.memory, rank_),
      along_(fit.work.memory, rows, rank_) {}

// Sample i and its targets, centred and weighted.
void CentredSvd::Row(const Fit& fit, Index i, double* out) const {
  const double root = fit.weights != nullptr ? std::sqrt(fit.weights[i]) : 1;
  for (Index j = 0; j < features_; ++j) out[j] = root * (fit.x.row(i)[j] - mean_[j]);
  for (Index r = 0; r < rows_; ++r) out[features_ + r] = root * (TargetOf(fit, i, r) - centre_[r]);
}

// Householder's triangle of samples and targets side by side, some more rows at a time.
Status CentredSvd::Triangle(const Fit& fit) {
  const Index n = features_ + rows_, most = n + std::max(n, kLeastStack);
  Buffer<double> stack(fit.work.memory, most, n), tau(fit.work.memory, 2 * n);
  if (!stack.ok()) return stack.Refusal();
  if (!tau.ok()) return tau.Refusal();
  Index used = 0;
  for (Index i = 0; i < samples_; ++i) {
    Row(fit, i, stack.data() + used * n);
    if (++used < most && i + 1 < samples_) continue;
    const double share = static_cast<double>(i) / static_cast<double>(samples_);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    if (Status s = FactorQr(stack.data(), used, n, tau.data(), tau.data() + n, fit.work.stop);
        !s.ok())
      return s;
    used = std::min(used, n);
    for (Index row = 1; row < used; ++row) std::fill_n(stack.data() + row * n, row, 0.0);
  }
  std::fill(stack.data() + used * n, stack.data() + n * n, 0.0);
  for (Index i = 0; i < features_; ++i) {
    std::copy_n(stack.data() + i * n, features_, matrix_.data() + i * features_);
    for (Index r = 0; r < rows_; ++r) targets_[r * rank_ + i] = stack[i * n + features_ + r];
  }
  for (Index i = features_; i < n; ++i) residue_ += stack[i * n + n - 1] * stack[i * n + n - 1];
  return {};
}

Status CentredSvd::Decompose(const StopToken& stop, Buffer<double>* left) {
  double scale;
  if (Status s = ScaleToUnit(matrix_.data(), rank_ * features_, stop, &scale); !s.ok()) return s;
  if (Status s = JacobiSvd(matrix_.data(), features_, rank_, values_.data(), left->data(), stop);
      !s.ok())
    return s;
  for (Index i = 0; i < rank_; ++i) values_[i] *= scale;
  for (Index r = 0; r < rows_; ++r)
    for (Index i = 0; i < rank_; ++i) {
      if (stop.raised()) return Status::Stopped();
      double sum = 0;
      for (Index k = 0; k < rank_; ++k) sum += (*left)[i * rank_ + k] * targets_[r * rank_ + k];
      along_[r * rank_ + i] = sum;
    }
  return {};
}

Status CentredSvd::Factor(const Fit& fit, bool intercept) {
  Buffer<double> left(fit.work.memory, rank_, rank_), row(fit.work.memory, features_ + rows_);
  for (const Buffer<double>* b :
       {&mean_, &centre_, &matrix_, &targets_, &values_, &along_, &left, &row})
    if (!b->ok()) return b->Refusal();
  intercept_ = intercept;
  if (intercept) {
    if (Status s = MeasureFeatures(fit, mean_.data(), nullptr); !s.ok()) return s;
    for (Index r = 0; r < rows_; ++r) centre_[r] = MeanTarget(fit, r);
  }
  if (samples_ > features_) {
    if (Status s = Triangle(fit); !s.ok()) return s;
  } else {
    for (Index i = 0; i < samples_; ++i) {
      Row(fit, i, row.data());
      std::copy_n(row.data(), features_, matrix_.data() + i * features_);
      for (Index r = 0; r < rows_; ++r) targets_[r * rank_ + i] = row[features_ + r];
    }
  }
  squares_ = residue_;
  for (Index i = 0; i < rank_; ++i) {
    const double t = targets_[(rows_ - 1) * rank_ + i];
    squares_ += t * t;
  }
  return Decompose(fit.work.stop, &left);
}

double CentredSvd::InterceptFor(const double* coef, Index row) const {
  if (!intercept_) return 0;
  double shift = 0;
  for (Index j = 0; j < features_; ++j) shift += mean_[j] * coef[j];
  return centre_[row] - shift;
}

}  // namespace moonlet::ml
