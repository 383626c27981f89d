#include "dsp/elliptic.h"

#include <cmath>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// Theta functions of the nome q at angle z. The factor 2 q^(1/4) of the first two is left out.
// Terms fall faster than geometrically, so a handful is enough but for q near 1.
constexpr double kSmall = 1e-18;

double Theta1(double q, double z) {
  double sum = 0, power = 1, sign = 1;  // power = q^(m (m + 1))
  for (int m = 0; power > kSmall; ++m) {
    sum += sign * power * moonlet_sin((2 * m + 1) * z);
    sign = -sign;
    power = moonlet_pow(q, (m + 1.0) * (m + 2.0));
  }
  return sum;
}

double Theta2(double q, double z) {
  double sum = 0, power = 1;
  for (int m = 0; power > kSmall; ++m) {
    sum += power * moonlet_cos((2 * m + 1) * z);
    power = moonlet_pow(q, (m + 1.0) * (m + 2.0));
  }
  return sum;
}

// Theta3, or with a sign of -1 Theta4.
double Theta3(double q, double z, double sign) {
  double sum = 1, power = q, alternating = sign;  // power = q^(m m)
  for (int m = 1; power > kSmall; ++m) {
    sum += 2 * alternating * power * moonlet_cos(2 * m * z);
    alternating *= sign;
    power = moonlet_pow(q, (m + 1.0) * (m + 1.0));
  }
  return sum;
}

// Theta1 / i and Theta4 at the imaginary angle i z.
double Theta1Imaginary(double q, double z) {
  double sum = 0, power = 1, sign = 1;
  for (int m = 0; power * moonlet_exp((2 * m + 1) * z) > kSmall; ++m) {
    sum += sign * power * moonlet_sinh((2 * m + 1) * z);
    sign = -sign;
    power = moonlet_pow(q, (m + 1.0) * (m + 2.0));
  }
  return sum;
}

double Theta4Imaginary(double q, double z) {
  double sum = 1, power = q, sign = -1;
  for (int m = 1; power * moonlet_exp(2 * m * z) > kSmall; ++m) {
    sum += 2 * sign * power * moonlet_cosh(2 * m * z);
    sign = -sign;
    power = moonlet_pow(q, (m + 1.0) * (m + 1.0));
  }
  return sum;
}

}  // namespace

EllipticDegree::EllipticDegree(int order, double pass, double stop) {
  const double k1 = pass / stop;
  const double quarter = EllipticIntegral(0, 1 - k1 * k1, 1);  // K(k1), a quarter period
  const double across = EllipticIntegral(0, k1 * k1, 1);       // K'(k1), the imaginary one
  q_ = moonlet_exp(-kPi * across / quarter / order);
  const double theta3 = Theta3(q_, 0, 1), theta4 = Theta3(q_, 0, -1), theta2 = Theta2(q_, 0);
  k_ = 4 * std::sqrt(q_) * (theta2 / theta3) * (theta2 / theta3);
  l_ = (theta4 / theta3) * (theta4 / theta3);
  // Where sc(x, k1') = 1 / pass, brought to the modulus k.
  const double t = 1 / pass;
  const double x = t * EllipticIntegral(1, 1 + k1 * k1 * t * t, 1 + t * t);
  shift_ = kPi * x / (2 * order * quarter);
}

Jacobi EllipticDegree::Real(double part) const {
  const double z = kPi / 2 * part;
  const double theta4 = Theta3(q_, z, -1);
  const double s = Theta3(q_, 0, 1) / Theta2(q_, 0) * Theta1(q_, z) / theta4;
  const double c = Theta3(q_, 0, -1) / Theta2(q_, 0) * Theta2(q_, z) / theta4;
  const double d = std::sqrt(l_) * Theta3(q_, z, 1) / theta4;
  return {s, c, d};
}

Jacobi EllipticDegree::Imaginary() const {
  const double ratio = Theta3(q_, 0, 1) / Theta2(q_, 0) * Theta1Imaginary(q_, shift_) /
                       Theta4Imaginary(q_, shift_);  // sc
  const double cn = 1 / std::sqrt(1 + ratio * ratio);
  const double sn = ratio * cn;
  return {sn, cn, std::sqrt(1 - l_ * l_ * sn * sn)};
}

}  // namespace moonlet::dsp
