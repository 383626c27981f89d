// engine/kernels/double_rows.h - loops over the elements of rows of doubles, which compilers make
// vectors of. All is local to the file that includes it: code for one instruction set cannot get
// into the table of another.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/double_loops.h"

namespace moonlet {
namespace {

inline void AddScaled(double* __restrict y, const double* __restrict x, double a,
                      std::ptrdiff_t n) {
  for (std::ptrdiff_t j = 0; j < n; ++j) y[j] += a * x[j];
}

inline void AddScaledFloats(double* __restrict y, const float* __restrict x, double a,
                            std::ptrdiff_t n) {
  for (std::ptrdiff_t j = 0; j < n; ++j) y[j] += a * static_cast<double>(x[j]);
}

inline void AddDifference(double* __restrict y, const float* __restrict p,
                          const float* __restrict q, double a, std::ptrdiff_t n) {
  for (std::ptrdiff_t j = 0; j < n; ++j)
    y[j] += a * (static_cast<double>(p[j]) - static_cast<double>(q[j]));
}

inline void AddOuter(const double* d, double weight, std::ptrdiff_t n, double* sums) {
  for (std::ptrdiff_t i = 0; i < n; ++i) AddScaled(sums + i * n, d, weight * d[i], i + 1);
}

inline void SubtractOuter(const DoubleRows<double>& rows, const double* factors,
                          std::ptrdiff_t step, const double* x) {
  for (std::ptrdiff_t i = 0; i < rows.count; ++i)
    AddScaled(rows.data + i * rows.stride, x, -factors[i * step], rows.width);
}

inline bool Finite(const float* x, std::ptrdiff_t n, bool allowed) {
  constexpr int32_t kInfinity = 0x7F800000;
  const int32_t most = allowed ? INT32_MAX : kInfinity;
  int32_t bad = 0;
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const int32_t size = __builtin_bit_cast(int32_t, x[i]) & INT32_MAX;
    bad |= (size == kInfinity ? 1 : 0) | (size > most ? 1 : 0);
  }
  return bad == 0;
}

inline void Rotate(double cosine, double sine, double* __restrict p, double* __restrict q,
                   std::ptrdiff_t n) {
  for (std::ptrdiff_t j = 0; j < n; ++j) {
    const double x = p[j];
    const double y = q[j];
    p[j] = cosine * x - sine * y;
    q[j] = sine * x + cosine * y;
  }
}

}  // namespace
}  // namespace moonlet
