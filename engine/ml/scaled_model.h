// engine/ml/scaled_model.h - a linear model as a point for an optimiser: coefficients of features
// brought to mean 0 and deviation 1, so that it needs few steps whatever units features have. The
// model itself, and so the minimum, is that of the features as they are.
#pragma once
#include "engine/ml/buffer.h"
#include "engine/ml/linear_model.h"

namespace moonlet::ml {

class ScaledModel {
 public:
  ScaledModel(const Fit& fit, Index rows);
  Status Prepare(bool intercept);

  Index size() const { return rows_ * (features_ + 1); }  // of a point
  // Samples to take at a time, for looks at the stop token between.
  Index block() const;
  // Sets coefficients and intercepts from a point, and the gradient to 0.
  void Take(const double* point);
  double* coef() { return coef_.data(); }
  double* intercept() { return intercept_.data(); }
  // Samples' outputs: out {x.count, rows}.
  void Predict(const Samples& x, double* out) const;
  // The gradient grows by samples times slopes {x.count, rows}.
  void AddSlopes(const Samples& x, const double* slopes);
  // Adds factor |coef|^2 / 2 to a value, and its slopes.
  double AddPenalty(double factor);
  // The gradient, for a point.
  void Give(double* gradient) const;

 private:
  const Fit& fit_;
  Index features_, rows_;
  bool intercept_used_ = false;
  Buffer<double> mean_, scale_;
  Buffer<double> coef_, intercept_;
  Buffer<double> gradient_, intercept_gradient_;
};

}  // namespace moonlet::ml
