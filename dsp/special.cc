#include "dsp/special.h"

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

}  // namespace moonlet::dsp
