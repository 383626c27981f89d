// engine/kernels/float_math_helium.h - float32 exp, log, sin, cos and tanh, four at a time.
#pragma once
#include <cstddef>

namespace moonlet::mve {

// y[i] = f(x[i]); y may be x.
void ExpEach(const float* x, float* y, size_t n);
void LogEach(const float* x, float* y, size_t n);
void SinEach(const float* x, float* y, size_t n);
void CosEach(const float* x, float* y, size_t n);
void TanhEach(const float* x, float* y, size_t n);

}  // namespace moonlet::mve
