// dsp/complex.h - complex doubles with every step spelled out, so that the bits are the same
// whoever compiles them (the library's products may be fused, or not).
#pragma once
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::dsp {

struct Complex {
  double re = 0;
  double im = 0;
};

inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, double b) { return {a.re * b, a.im * b}; }
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline double Norm(Complex a) { return a.re * a.re + a.im * a.im; }
inline double Abs(Complex a) { return moonlet_hypot(a.re, a.im); }
inline Complex Conjugate(Complex a) { return {a.re, -a.im}; }
inline Complex operator/(Complex a, Complex b) { return a * Conjugate(b) * (1 / Norm(b)); }
// e^(i angle)
inline Complex Unit(double angle) { return {moonlet_cos(angle), moonlet_sin(angle)}; }
// The square root with a real part >= 0.
inline Complex Sqrt(Complex a) {
  const double size = Abs(a);
  const double half = std::sqrt((size + std::fabs(a.re)) / 2);
  if (half == 0) return {};
  const double other = a.im / (2 * half);
  if (a.re >= 0) return {half, other};
  return {std::fabs(other), a.im < 0 ? -half : half};
}

}  // namespace moonlet::dsp
