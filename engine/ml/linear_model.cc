#include "engine/ml/linear_model.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

constexpr Index kTogether = 4;  // samples whose sums run side by side

// out[i * step] of kTogether samples.
void DotFour(const float* sample, const double* coef, Index features, double intercept, double* out,
             Index step) {
  const float* s1 = sample + features;
  const float* s2 = s1 + features;
  const float* s3 = s2 + features;
  double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  for (Index j = 0; j < features; ++j) {
    const double c = coef[j];
    sum0 += sample[j] * c;
    sum1 += s1[j] * c;
    sum2 += s2[j] * c;
    sum3 += s3[j] * c;
  }
  out[0] = sum0 + intercept;
  out[step] = sum1 + intercept;
  out[2 * step] = sum2 + intercept;
  out[3 * step] = sum3 + intercept;
}

double Logistic(double z) { return 1 / (1 + moonlet_exp(-z)); }

// The one value of feature j in all samples that count?
bool IsConstant(const Fit& fit, Index j, double* value) {
  bool any = false;
  for (Index i = 0; i < fit.x.count; ++i) {
    if (fit.weight(i) == 0) continue;
    if (any && fit.x.row(i)[j] != *value) return false;
    *value = fit.x.row(i)[j];
    any = true;
  }
  return true;
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
  for (Index r = 0; r < rows; ++r, coef += x.width) {
    Index i = 0;
    for (; i + kTogether <= x.count; i += kTogether)
      DotFour(x.row(i), coef, x.width, intercept[r], out + i * rows + r, rows);
    for (; i < x.count; ++i) out[i * rows + r] = Dot(x.row(i), coef, x.width) + intercept[r];
  }
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

Status MeasureFeatures(const Fit& fit, double* mean, double* scale) {
  const double total = WeightSum(fit);
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    if (scale != nullptr) scale[j] = 1;
    if (IsConstant(fit, j, &mean[j])) continue;
    double sum = 0, squares = 0;
    for (Index i = 0; i < fit.x.count; ++i) sum += fit.weight(i) * fit.x.row(i)[j];
    mean[j] = sum / total;
    if (scale == nullptr) continue;
    for (Index i = 0; i < fit.x.count; ++i) {
      const double d = fit.x.row(i)[j] - mean[j];
      squares += fit.weight(i) * d * d;
    }
    if (squares > 0) scale[j] = std::sqrt(squares / total);
  }
  return {};
}

double MeanTarget(const Fit& fit, Index row) {
  double sum = 0;
  for (Index i = 0; i < fit.x.count; ++i) sum += fit.weight(i) * TargetOf(fit, i, row);
  return sum / WeightSum(fit);
}

}  // namespace moonlet::ml
