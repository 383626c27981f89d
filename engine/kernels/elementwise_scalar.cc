#include "engine/kernels/elementwise_scalar.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

inline float Sqrt(float x) { return __builtin_sqrtf(x); }
inline double Sqrt(double x) { return __builtin_sqrt(x); }

}  // namespace

template <typename T>
void SqrtEach(const T* x, T* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = Sqrt(x[i]);
}
template <typename T>
void PlusEach(const T* a, const T* b, T* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}
template <typename T>
void MinusEach(const T* a, const T* b, T* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = a[i] - b[i];
}
template <typename T>
void TimesEach(const T* a, const T* b, T* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = a[i] * b[i];
}
template <typename T>
void DivideEach(const T* a, const T* b, T* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = a[i] / b[i];
}

template void SqrtEach(const float*, float*, size_t);
template void SqrtEach(const double*, double*, size_t);
template void PlusEach(const float*, const float*, float*, size_t);
template void PlusEach(const double*, const double*, double*, size_t);
template void MinusEach(const float*, const float*, float*, size_t);
template void MinusEach(const double*, const double*, double*, size_t);
template void TimesEach(const float*, const float*, float*, size_t);
template void TimesEach(const double*, const double*, double*, size_t);
template void DivideEach(const float*, const float*, float*, size_t);
template void DivideEach(const double*, const double*, double*, size_t);

}  // namespace moonlet::MOONLET_SCALAR
