// dsp/special.h - special functions that designs need, in double by + - * / and square roots.
#pragma once

namespace moonlet::dsp {

inline constexpr double kPi = 3.14159265358979323846;

// The modified Bessel function of order 0. Requires |x| <= 700.
double BesselI0(double x);

// Carlson's symmetric elliptic integral of the first kind R_F(x, y, z): the complete one of
// modulus k is R_F(0, 1 - k^2, 1). Requires arguments >= 0, at most one of them 0.
double EllipticIntegral(double x, double y, double z);

}  // namespace moonlet::dsp
