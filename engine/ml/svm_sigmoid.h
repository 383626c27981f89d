// engine/ml/svm_sigmoid.h - probabilities from decisions of support vector machines.
#pragma once
#include <cstdint>

#include "engine/tensor/tensor.h"

namespace moonlet::ml::svm {

// P(y = 1 | decision d) = 1 / (1 + exp(a d + b)).
struct Sigmoid {
  double a, b;
  double Of(double decision) const;
};

// The likeliest sigmoid for decisions of samples with y of 1 or -1: Platt, "Probabilistic Outputs
// for Support Vector Machines" (1999), by Newton's method as Lin, Lin and Weng (2007) have it.
Sigmoid FitSigmoid(const double* decisions, const int8_t* y, Index count);

// Probabilities of k classes from those of pairs, pairs[i * k + j] = P(i | i or j): the second
// method of Wu, Lin and Weng, "Probability Estimates for Multi-class Classification by Pairwise
// Coupling" (2004), until it is close; for two classes too, as scikit-learn's answers are.
// `scratch` has k * k + k places.
void CouplePairs(const double* pairs, Index k, double* scratch, double* out);

}  // namespace moonlet::ml::svm
