// engine/ml/svm_kernel.h - the kernels of support vector machines: how alike two samples are.
#pragma once
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// By the order of the words of option `kernel`.
enum class KernelType { kRbf, kLinear, kPoly, kSigmoid };

struct KernelFunction {
  KernelType type;
  double gamma;
  double coef0;
  int degree;
};

// values[i] = K(x, row i of rows).
void KernelRow(const KernelFunction& kernel, const float* x, const float* rows, Index count,
               Index width, double* values);

}  // namespace moonlet::ml
