#include "engine/ml/svm_kernel.h"

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

double Product(double sum, float a, float b) {
  return sum + static_cast<double>(a) * static_cast<double>(b);
}

double Square(double sum, float a, float b) {
  const double d = static_cast<double>(a) - static_cast<double>(b);
  return sum + d * d;
}

// Each value is a sum in the order of features; four at a time, as each waits for its last term.
template <double (*kTerm)(double, float, float)>
void Sums(const float* x, const float* rows, Index count, Index width, double* values) {
  Index i = 0;
  for (; i + 4 <= count; i += 4, rows += 4 * width) {
    const float* r1 = rows + width;
    const float* r2 = r1 + width;
    const float* r3 = r2 + width;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (Index j = 0; j < width; ++j) {
      s0 = kTerm(s0, x[j], rows[j]);
      s1 = kTerm(s1, x[j], r1[j]);
      s2 = kTerm(s2, x[j], r2[j]);
      s3 = kTerm(s3, x[j], r3[j]);
    }
    values[i] = s0;
    values[i + 1] = s1;
    values[i + 2] = s2;
    values[i + 3] = s3;
  }
  for (; i < count; ++i, rows += width) {
    double sum = 0;
    for (Index j = 0; j < width; ++j) sum = kTerm(sum, x[j], rows[j]);
    values[i] = sum;
  }
}

double Power(double base, int exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2 != 0) result *= base;
  return result;
}

}  // namespace

void KernelRow(const KernelFunction& kernel, const float* x, const float* rows, Index count,
               Index width, double* values) {
  if (kernel.type == KernelType::kRbf) {
    Sums<Square>(x, rows, count, width, values);
    for (Index i = 0; i < count; ++i) values[i] = moonlet_exp(-kernel.gamma * values[i]);
    return;
  }
  Sums<Product>(x, rows, count, width, values);
  if (kernel.type == KernelType::kPoly) {
    for (Index i = 0; i < count; ++i)
      values[i] = Power(kernel.gamma * values[i] + kernel.coef0, kernel.degree);
  } else if (kernel.type == KernelType::kSigmoid) {
    for (Index i = 0; i < count; ++i)
      values[i] = moonlet_tanh(kernel.gamma * values[i] + kernel.coef0);
  }
}

}  // namespace moonlet::ml
