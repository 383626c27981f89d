#include "engine/ml/linear_model.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"

namespace moonlet::ml {
namespace {

double Logistic(double z) { return 1 / (1 + moonlet_exp(-z)); }

// Whether feature j is the same in all samples that count; then its value.
bool IsConstant(const Fit& fit, Index j, double* value) {
  bool any = false;
  double one = 0;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (fit.weight(i) == 0) continue;
    if (any && fit.x.row(i)[j] != one) return false;
    one = fit.x.row(i)[j];
    any = true;
  }
  if (any) *value = one;
  return true;
}

// Weighted sums of features, or of squares around `centre`, with looks at the stop token between.
Status SumColumns(const Fit& fit, const double* centre, double* sums) {
  constexpr Index kMostWork = 1 << 19;
  static constexpr double kOne = 1;
  const Index most = std::max<Index>(kMostWork / fit.x.width, 1);
  const double* weights = fit.weights != nullptr ? fit.weights : &kOne;
  const Index step = fit.weights != nullptr ? 1 : 0;
  std::fill_n(sums, fit.x.width, 0.0);
  for (Index first = 0; first < fit.x.count; first += most) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    const FloatRows rows = RowsOf(fit.x.part(first, std::min(most, fit.x.count - first)));
    if (centre != nullptr) {
      OverDoubles().add_squares(rows, centre, weights + first * step, step, sums);
    } else {
      OverDoubles().add_rows(rows, weights + first * step, step, sums);
    }
  }
  return {};
}

}  // namespace

Status MakeLinear(const Fit& fit, State* state) {
  const Index rows = RowsFor(fit.classes);
  if (fit.classes == 0) {
    if (Status s = state->Make(kCoef, DType::kFloat64, {fit.x.width}); !s.ok()) return s;
    return state->Make(kIntercept, DType::kFloat64, {1});
  }
  if (fit.classes < 2) return Status::Invalid("at least 2 classes expected, got 1");
  if (Status s = state->Make(kCoef, DType::kFloat64, {rows, fit.x.width}); !s.ok()) return s;
  return state->Make(kIntercept, DType::kFloat64, {rows});
}

Status MakeRounds(int array, int64_t rounds, State* state) {
  if (Status s = state->Make(array, DType::kFloat64, {1}); !s.ok()) return s;
  state->own<double>(array)[0] = static_cast<double>(rounds);
  return {};
}

Index LinearRows(const Estimator& e) { return e.state[kIntercept].dim(0); }

void LinearBlock(const double* coef, const double* intercept, Index rows, const Samples& x,
                 double* out) {
  ApplyAffine({coef, rows, x.width, 1, intercept}, x, out);
}

void RunLinear(const Estimator& e, const Samples& x, double* out, double*) {
  LinearBlock(e.state.get<double>(kCoef), e.state.get<double>(kIntercept), LinearRows(e), x, out);
}

Index LinearWork(const Estimator& e) { return LinearRows(e) * e.features; }

Status CheckLinearClassifier(const Estimator& e) {
  if (e.classes < 2) return Status::Invalid("a single class");
  if (LinearRows(e) == RowsFor(e.classes)) return {};
  return Status::Invalid("%td rows of coefficients for %td classes", LinearRows(e), e.classes);
}

Status CheckLinearRegressor(const Estimator& e) {
  if (LinearRows(e) == 1) return {};
  return Status::Invalid("array 'intercept' is %td long, expected 1", LinearRows(e));
}

void RunLogisticProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Index rows = LinearRows(e), classes = e.classes;
  RunLinear(e, x, out, scratch);
  for (Index i = x.count - 1; rows == 1 && i >= 0; --i) {
    const double z = out[i];
    out[2 * i] = Logistic(-z);
    out[2 * i + 1] = Logistic(z);
  }
  for (Index i = 0; rows > 1 && i < x.count; ++i) {
    double* row = out + i * classes;
    double sum = 0;
    for (Index k = 0; k < classes; ++k) sum += row[k] = Logistic(row[k]);
    for (Index k = 0; k < classes; ++k)
      row[k] = sum > 0 ? row[k] / sum : 1 / static_cast<double>(classes);
  }
}

double DotOfFit(const float* sample, const double* coef, Index features) {
  double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  Index j = 0;
  for (; j + 4 <= features; j += 4) {
    sum0 += sample[j] * coef[j];
    sum1 += sample[j + 1] * coef[j + 1];
    sum2 += sample[j + 2] * coef[j + 2];
    sum3 += sample[j + 3] * coef[j + 3];
  }
  for (; j < features; ++j) sum0 += sample[j] * coef[j];
  return (sum0 + sum1) + (sum2 + sum3);
}

double SquaredLength(const double* values, Index n) {
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += values[i] * values[i];
  return sum;
}

double WeightSum(const Fit& fit) {
  double sum = 0;
  for (Index i = 0; i < fit.x.count; ++i) sum += fit.weight(i);
  return sum;
}

Status SumFeatures(const Fit& fit, double* sums) { return SumColumns(fit, nullptr, sums); }

Status SumSquares(const Fit& fit, const double* centre, double* sums) {
  return SumColumns(fit, centre, sums);
}

Status MeasureFeatures(const Fit& fit, double* mean, double* scale) {
  const Index features = fit.x.width;
  const double total = WeightSum(fit);
  if (Status s = SumFeatures(fit, mean); !s.ok()) return s;
  for (Index j = 0; j < features; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    if (!IsConstant(fit, j, &mean[j])) mean[j] /= total;
  }
  if (scale == nullptr) return {};
  if (Status s = SumSquares(fit, mean, scale); !s.ok()) return s;
  for (Index j = 0; j < features; ++j) scale[j] = scale[j] > 0 ? std::sqrt(scale[j] / total) : 1;
  return {};
}

double MeanTarget(const Fit& fit, Index row) {
  double sum = 0;
  for (Index i = 0; i < fit.x.count; ++i) sum += fit.weight(i) * TargetOf(fit, i, row);
  return sum / WeightSum(fit);
}

}  // namespace moonlet::ml
