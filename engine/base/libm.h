// engine/base/libm.h - the shared double functions: musl's, the same bits on every
// target (cmake/musl.cmake builds them). Lua's `math` and `^` use them too. What is not
// here and exact by IEEE 754 (sqrt, floor, ceil, fabs, trunc, ldexp, frexp) comes from
// the C library. C and C++.
#ifndef MOONLET_ENGINE_BASE_LIBM_H
#define MOONLET_ENGINE_BASE_LIBM_H

#ifdef __cplusplus
extern "C" {
#endif
double moonlet_acos(double x);
double moonlet_acosh(double x);
double moonlet_asin(double x);
double moonlet_asinh(double x);
double moonlet_atan(double x);
double moonlet_atan2(double y, double x);
double moonlet_atanh(double x);
double moonlet_cbrt(double x);
double moonlet_cos(double x);
double moonlet_cosh(double x);
double moonlet_erf(double x);
double moonlet_erfc(double x);
double moonlet_exp(double x);
double moonlet_expm1(double x);
double moonlet_fma(double x, double y, double z);  // where doubles are software alone
double moonlet_fmod(double x, double y);
double moonlet_hypot(double x, double y);
double moonlet_log(double x);
double moonlet_log10(double x);
double moonlet_log1p(double x);
double moonlet_log2(double x);
double moonlet_pow(double x, double y);
double moonlet_sin(double x);
double moonlet_sinh(double x);
double moonlet_tan(double x);
double moonlet_tanh(double x);
#ifdef __cplusplus
}
#endif

#endif
