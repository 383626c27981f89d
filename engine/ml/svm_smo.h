// engine/ml/svm_smo.h - sequential minimal optimisation: the dual problem of a support vector
// machine, solved two variables at a time.
//
// Minimises 1/2 a'Qa + p'a with 0 <= a[t] <= upper[t] and y'a kept as it is at the start, where
// Q[s][t] = y[s] y[t] K(sample of s, sample of t). The pair is chosen by second-order information:
// Fan, Chen and Lin, "Working Set Selection Using Second Order Information for Training Support
// Vector Machines" (2005); the solution is that of libsvm, which scikit-learn has.
#pragma once
#include <cstdint>

#include "engine/ml/estimator.h"
#include "engine/ml/svm_kernel.h"

namespace moonlet::ml {

struct SmoProblem {
  Samples x;
  KernelFunction kernel;
  Index variables;       // x.count, or twice that: then variable t has sample t % x.count
  const int8_t* y;       // of variables: 1 or -1
  const double* linear;  // p
  const double* upper;
  double tol;
  int64_t iterations;  // at most; -1: as many as a bound of our own allows
  double cache_bytes;  // for rows of the kernel; two rows at least
  double share;        // of the whole work that is done before this
};

struct SmoSolution {
  double* alpha;  // of variables; at the start what they are then
  double rho;
  int64_t iterations;
};

// kInvalid when a kernel's value is not finite.
Status SolveSmo(const SmoProblem& problem, const Work& work, SmoSolution* solution);

}  // namespace moonlet::ml
