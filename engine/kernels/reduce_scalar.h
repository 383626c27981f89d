// engine/kernels/reduce_scalar.h - the specification of the reductions (scalar.h).
#pragma once
#include <cstddef>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/scalar.h"

namespace moonlet::MOONLET_SCALAR {

template <typename T>
void Add(T* lanes, const T* x, size_t n);
template <typename T>
void AddProducts(T* lanes, const T* a, const T* b, size_t n);
template <typename T>
void AddDeviations(T* lanes, const T* x, T centre, size_t n);
template <typename T>
void Multiply(T* lanes, const T* x, size_t n);
template <typename T>
bool TakeMin(T* lanes, const T* x, size_t n);
template <typename T>
bool TakeMax(T* lanes, const T* x, size_t n);
template <typename T>
void Dots(const T* x, MatrixRows<const T> rows, size_t count, size_t n, T* sums);
#if defined(__AVX2__)
void DotsInLanes(const float* x, MatrixRows<const float> rows, size_t count, size_t n, float* sums);
#endif
template <typename T>
T SumLanes(const T* lanes);
template <typename T>
T MultiplyLanes(const T* lanes);
template <typename T>
T MinLanes(const T* lanes);
template <typename T>
T MaxLanes(const T* lanes);

}  // namespace moonlet::MOONLET_SCALAR
