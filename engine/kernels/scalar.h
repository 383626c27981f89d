// engine/kernels/scalar.h - how the scalar specification is built.
//
// The files *_scalar.cc define every result of the float kernels. Plain x86-64 has no
// fused multiply-add, so CMake compiles these files more than once there: as namespace
// `scalar` with fma in software, as `scalar_fma` with -mfma, and what gains from it as
// `scalar_avx2` and `scalar_avx512`. Elsewhere only `scalar` exists.
// All they define lies in that namespace or is static: the linker can never give code
// without these options a function that was compiled with them.
#pragma once
#include <cstdint>

#include "engine/base/libm.h"

#if !defined(MOONLET_SCALAR)
#define MOONLET_SCALAR scalar
#endif

namespace moonlet::MOONLET_SCALAR {

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
static inline float Fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#if defined(__ARM_FP) && (__ARM_FP & 8) == 0
static inline double Fma(double a, double b, double c) { return moonlet_fma(a, b, c); }
#else
static inline double Fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
#endif
#else
// The product of two floats is exact in double. Their sum with c is rounded to odd, so
// that the rounding to float that follows sees whether anything was lost.
static inline float Fma(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  const double sum = product + addend;
  const double part = sum - product;
  const double lost = (product - (sum - part)) + (addend - part);
  uint64_t bits = __builtin_bit_cast(uint64_t, sum);
  const bool finite = (bits >> 52 & 0x7FF) != 0x7FF;
  if (finite && lost != 0 && (bits & 1) == 0) bits += (lost > 0) == (sum > 0) ? 1u : ~uint64_t{0};
  return static_cast<float>(__builtin_bit_cast(double, bits));
}
// The C library's is exact; float64 on such old machines may be slow.
static inline double Fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
#endif

}  // namespace moonlet::MOONLET_SCALAR
