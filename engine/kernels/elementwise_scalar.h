// engine/kernels/elementwise_scalar.h - IEEE operations on arrays (scalar.h).
#pragma once
#include <cstddef>

#include "engine/kernels/scalar.h"

namespace moonlet::MOONLET_SCALAR {

template <typename T>
void SqrtEach(const T* x, T* y, size_t n);
template <typename T>
void PlusEach(const T* a, const T* b, T* y, size_t n);
template <typename T>
void MinusEach(const T* a, const T* b, T* y, size_t n);
template <typename T>
void TimesEach(const T* a, const T* b, T* y, size_t n);
template <typename T>
void DivideEach(const T* a, const T* b, T* y, size_t n);

}  // namespace moonlet::MOONLET_SCALAR
