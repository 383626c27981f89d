#include "engine/ml/scaled_model.h"

#include <algorithm>

#include "engine/ml/affine.h"

namespace moonlet::ml {

ScaledModel::ScaledModel(const Fit& fit, Index rows)
    : fit_(fit),
      features_(fit.x.width),
      rows_(rows),
      mean_(fit.work.memory, features_),
      scale_(fit.work.memory, features_),
      coef_(fit.work.memory, rows, features_),
      intercept_(fit.work.memory, rows),
      gradient_(fit.work.memory, rows, features_),
      intercept_gradient_(fit.work.memory, rows) {}

Status ScaledModel::Prepare(bool intercept) {
  for (const Buffer<double>* b :
       {&mean_, &scale_, &coef_, &intercept_, &gradient_, &intercept_gradient_})
    if (!b->ok()) return b->Refusal();
  intercept_used_ = intercept;
  if (Status s = MeasureFeatures(fit_, mean_.data(), scale_.data()); !s.ok()) return s;
  if (!intercept) std::fill_n(mean_.data(), features_, 0.0);
  return {};
}

Index ScaledModel::block() const {
  constexpr Index kMostWork = 1 << 19;
  return std::clamp<Index>(kMostWork / (rows_ * features_), 1, kBlockRows);
}

void ScaledModel::Take(const double* point) {
  for (Index r = 0; r < rows_; ++r) {
    double shift = 0;
    for (Index j = 0; j < features_; ++j) {
      const double c = *point++ / scale_[j];
      coef_[r * features_ + j] = c;
      shift += c * mean_[j];
    }
    intercept_[r] = intercept_used_ ? *point - shift : 0;
    ++point;
  }
  std::fill_n(gradient_.data(), rows_ * features_, 0.0);
  std::fill_n(intercept_gradient_.data(), rows_, 0.0);
}

void ScaledModel::Predict(const Samples& x, double* out) const {
  LinearBlock(coef_.data(), intercept_.data(), rows_, x, out);
}

void ScaledModel::AddSlopes(const Samples& x, const double* slopes) {
  for (Index r = 0; r < rows_; ++r) {
    for (Index i = 0; i < x.count; ++i) intercept_gradient_[r] += slopes[i * rows_ + r];
    OverDoubles().add_rows(RowsOf(x), slopes + r, rows_, gradient_.data() + r * features_);
  }
}

double ScaledModel::AddPenalty(double factor) {
  const Index n = rows_ * features_;
  for (Index i = 0; i < n; ++i) gradient_[i] += factor * coef_[i];
  return 0.5 * factor * SquaredLength(coef_.data(), n);
}

void ScaledModel::Give(double* gradient) const {
  for (Index r = 0; r < rows_; ++r) {
    const double along = intercept_gradient_[r];
    for (Index j = 0; j < features_; ++j)
      *gradient++ = (gradient_[r * features_ + j] - mean_[j] * along) / scale_[j];
    *gradient++ = intercept_used_ ? along : 0;
  }
}

}  // namespace moonlet::ml
