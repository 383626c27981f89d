#include "engine/ml/svm_kernel.h"

#include "engine/base/libm.h"
#include "engine/kernels/double_loops.h"

namespace moonlet::ml {
namespace {

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
    OverDoubles().row_sums[kSquare](x, {rows, count, width}, values);
    for (Index i = 0; i < count; ++i) values[i] = moonlet_exp(-kernel.gamma * values[i]);
    return;
  }
  OverDoubles().row_sums[kProduct](x, {rows, count, width}, values);
  if (kernel.type == KernelType::kPoly) {
    for (Index i = 0; i < count; ++i)
      values[i] = Power(kernel.gamma * values[i] + kernel.coef0, kernel.degree);
  } else if (kernel.type == KernelType::kSigmoid) {
    for (Index i = 0; i < count; ++i)
      values[i] = moonlet_tanh(kernel.gamma * values[i] + kernel.coef0);
  }
}

}  // namespace moonlet::ml
