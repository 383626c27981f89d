#include "dsp/special.h"

#include <algorithm>
#include <cmath>

namespace moonlet::dsp {

// The power series: all terms are positive, so their sum is accurate for every x.
double BesselI0(double x) {
  const double quarter = x * x / 4;
  double term = 1, sum = 1;
  for (double k = 1; term > sum * 0x1p-54; ++k) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

// B. C. Carlson, "Numerical computation of real or complex elliptic integrals", 1995: each
// step brings the arguments four times nearer to each other; the rest is a power series.
double EllipticIntegral(double x, double y, double z) {
  double mean = (x + y + z) / 3;
  while (std::max({std::fabs(x - mean), std::fabs(y - mean), std::fabs(z - mean)}) > mean * 2e-3) {
    const double a = std::sqrt(x), b = std::sqrt(y), c = std::sqrt(z);
    const double step = a * b + a * c + b * c;
    x = (x + step) / 4;
    y = (y + step) / 4;
    z = (z + step) / 4;
    mean = (x + y + z) / 3;
  }
  const double dx = 1 - x / mean, dy = 1 - y / mean, dz = -dx - dy;
  const double e2 = dx * dy - dz * dz, e3 = dx * dy * dz;
  return (1 - e2 / 10 + e3 / 14 + e2 * e2 / 24 - 3 * e2 * e3 / 44) / std::sqrt(mean);
}

}  // namespace moonlet::dsp
