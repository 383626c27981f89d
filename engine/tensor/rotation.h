// engine/tensor/rotation.h - the plane rotation of Jacobi's methods.
#pragma once
#include <cmath>

#include "engine/kernels/double_loops.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct PlaneRotation {
  double cosine;
  double sine;
  double tangent;
};

// The one, of at most 45 degrees, that makes {{a, c}, {c, b}} diagonal: a - tangent * c and
// b + tangent * c. Requires c != 0.
inline PlaneRotation RotationFor(double a, double b, double c) {
  const double cotangent2 = (b - a) / (2 * c);
  const double root = std::sqrt(1 + cotangent2 * cotangent2);
  const double tangent = cotangent2 < 0 ? 1 / (cotangent2 - root) : 1 / (cotangent2 + root);
  const double cosine = 1 / std::sqrt(1 + tangent * tangent);
  return {cosine, cosine * tangent, tangent};
}

// Turns two rows of n elements.
inline void RotateRows(const PlaneRotation& r, double* p, double* q, Index n) {
  OverRows().rotate(r.cosine, r.sine, p, q, n);
}

// Rounds over all pairs that are tried; some ten are ever needed.
inline constexpr int kMostSweeps = 60;

}  // namespace moonlet
