// engine/kernels/float_math_scalar.h - the specification of exp, log, sin, cos, tanh
// (scalar.h). float32 is ours; float64 calls the shared functions of engine/base/libm.h.
#pragma once
#include <cstddef>

#include "engine/kernels/scalar.h"

namespace moonlet::MOONLET_SCALAR {

template <typename T>
void ExpEach(const T* x, T* y, size_t n);
template <typename T>
void LogEach(const T* x, T* y, size_t n);
template <typename T>
void SinEach(const T* x, T* y, size_t n);
template <typename T>
void CosEach(const T* x, T* y, size_t n);
template <typename T>
void TanhEach(const T* x, T* y, size_t n);

}  // namespace moonlet::MOONLET_SCALAR
