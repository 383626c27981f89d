// The polynomial t of degree n follows from t[k] = (2 k - 1) t[k-1] + s^2 t[k-2]. Near the
// negative real axis the terms cancel nearly all digits of a double at degree 32, so they are
// taken in twice the precision; what the roots move by is a plain double again.
#include "dsp/bessel_roots.h"

#include <algorithm>

#include "dsp/special.h"
#include "dsp/wide.h"

namespace moonlet::dsp {
namespace {

struct WideComplex {
  Wide re, im;
};
WideComplex operator+(const WideComplex& a, const WideComplex& b) {
  return {a.re + b.re, a.im + b.im};
}
WideComplex operator*(const WideComplex& a, const WideComplex& b) {
  return {a.re * b.re + -(a.im * b.im), a.re * b.im + a.im * b.re};
}
WideComplex Widen(Complex a) { return {{a.re, 0}, {a.im, 0}}; }

// The polynomial over its derivative t[n] - s t[n-1].
Complex NewtonStep(int n, Complex s) {
  const WideComplex wide = Widen(s), square = wide * wide;
  WideComplex before = Widen({1, 0}), last = wide + before;
  for (int k = 2; k <= n; ++k) {
    const WideComplex next = Widen({2.0 * k - 1, 0}) * last + square * before;
    before = last;
    last = next;
  }
  const WideComplex slope = last + Widen({-1, 0}) * (wide * before);
  return Complex{last.re.high, last.im.high} / Complex{slope.re.high, slope.im.high};
}

// The sum of 1 / (s - r) over all other roots, conjugates too.
Complex Repulsion(const Roots& roots, int i) {
  const Complex one = {1, 0}, s = roots.at[i];
  Complex sum = s.im == 0 ? Complex{} : one / Complex{0, 2 * s.im};
  for (int j = 0; j < roots.count; ++j) {
    if (j == i) continue;
    const Complex other = roots.at[j];
    sum = sum + one / (s - other);
    if (other.im != 0) sum = sum + one / (s - Conjugate(other));
  }
  return sum;
}

}  // namespace

// Aberth's simultaneous Newton steps, from points on half an ellipse near to the roots.
void AddBesselRoots(int n, Roots* roots) {
  for (int m = 1 - n % 2; m < n; m += 2) {
    const Complex u = Unit(kPi * m / (2 * n));
    roots->Add({-0.66 * n * u.re - 0.2, 0.9 * n * u.im});
  }
  for (double moved = 1; moved > 1e-12;) {
    moved = 0;
    for (int i = 0; i < roots->count; ++i) {
      const Complex s = roots->at[i], newton = NewtonStep(n, s);
      const Complex step = newton / (Complex{1, 0} - newton * Repulsion(*roots, i));
      roots->at[i] = {s.re - step.re, s.im == 0 ? 0 : s.im - step.im};
      moved = std::max(moved, Abs(step) / Abs(s));
    }
  }
}

}  // namespace moonlet::dsp
