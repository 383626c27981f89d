// dsp/special.h - special functions that designs need, in double by + - * / and square roots.
#pragma once

namespace moonlet::dsp {

inline constexpr double kPi = 3.14159265358979323846;

// The modified Bessel function of order 0. Requires |x| <= 700.
double BesselI0(double x);

}  // namespace moonlet::dsp
