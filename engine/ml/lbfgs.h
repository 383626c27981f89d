// engine/ml/lbfgs.h - the minimum of a smooth function by limited-memory BFGS.
//
// Nocedal and Wright, Numerical Optimization, 2nd edition, 7.2. Steps satisfy Wolfe's conditions,
// found by halving and doubling (Lewis and Overton, "Nonsmooth Optimization via Quasi-Newton
// Methods", 2013); near the minimum, where values no longer tell, slopes do (Hager and Zhang, "A
// New Conjugate Gradient Method with Guaranteed Descent", 2005), so gradients go to 0 as far as
// rounding lets them.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

class Smooth {
 public:
  // The value at x and its gradient. The value may be infinite or NaN: then steps become shorter.
  virtual Status Evaluate(const double* x, double* value, double* gradient) = 0;

 protected:
  ~Smooth() = default;
};

// From `x` on, in place, until no element of the gradient is larger than `tol`, or nothing helps
// any more, or `iterations` are done. Tells how many were.
Status MinimizeLbfgs(Smooth* function, double* x, Index n, int64_t iterations, double tol,
                     const Work& work, int64_t* rounds);

}  // namespace moonlet::ml
