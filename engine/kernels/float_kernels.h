// engine/kernels/float_kernels.h - the float kernels of one instruction set as a table,
// and the one place that chooses which table runs.
//
// Every table gives the bits of the scalar specification (*_scalar.cc). For float32
// that holds inside a FlushDenormals, which the caller holds around its calls in here;
// float64 runs outside of one. docs/floats.md has the rules.
#pragma once
#include <cstddef>

namespace moonlet {

// A reduction has 16 lanes: element i belongs to lane i % 16.
inline constexpr size_t kLanes = 16;
// Columns of the blocks a matrix product is cut into.
inline constexpr size_t kTile = 16;

// Rows of a matrix, each `row` elements behind the one before.
template <typename T>
struct MatrixRows {
  T* data;
  size_t row;
};

template <typename T>
struct FloatKernels {
  // Each takes n elements into the lanes at `lanes`. A long vector may come in several
  // calls: n is a multiple of 16 in all but the last, whose end is padded to one.
  void (*add)(T* lanes, const T* x, size_t n);                       // lane + x
  void (*add_products)(T* lanes, const T* a, const T* b, size_t n);  // fma(a, b, lane)
  // d = x - centre, fma(d, d, lane); padded with d = 0.
  void (*add_deviations)(T* lanes, const T* x, T centre, size_t n);
  void (*multiply)(T* lanes, const T* x, size_t n);  // lane * x; padded with 1
  // x < lane ? x : lane, and >; padded with lane. They return whether any x was NaN.
  bool (*take_min)(T* lanes, const T* x, size_t n);
  bool (*take_max)(T* lanes, const T* x, size_t n);

  // The halving tree over 16 lanes: for h = 8, 4, 2, 1: lane[j] op= lane[j + h], j < h.
  T (*sum_lanes)(const T* lanes);
  T (*multiply_lanes)(const T* lanes);
  T (*min_lanes)(const T* lanes);
  T (*max_lanes)(const T* lanes);

  // sums[i] = the inner product of x with row i of `count`, n elements each: add_products from +0,
  // then sum_lanes.
  void (*dots)(const T* x, MatrixRows<const T> rows, size_t count, size_t n, T* sums);

  // c[i][j] = fma(a[i][k], b[k][j], c[i][j]) in ascending k, for i < rows, j < kTile, k < depth.
  void (*tile)(MatrixRows<const T> a, MatrixRows<const T> b, MatrixRows<T> c, size_t rows,
               size_t depth);

  // y[i] = f(x[i]); y may be x.
  void (*exp)(const T* x, T* y, size_t n);
  void (*log)(const T* x, T* y, size_t n);
  void (*sin)(const T* x, T* y, size_t n);
  void (*cos)(const T* x, T* y, size_t n);
  void (*tanh)(const T* x, T* y, size_t n);
  void (*sqrt)(const T* x, T* y, size_t n);

  // y[i] = a[i] op b[i]; y may be a or b.
  void (*plus)(const T* a, const T* b, T* y, size_t n);
  void (*minus)(const T* a, const T* b, T* y, size_t n);
  void (*times)(const T* a, const T* b, T* y, size_t n);
  void (*divide)(const T* a, const T* b, T* y, size_t n);
};

// The table for this machine.
template <typename T>
const FloatKernels<T>& Kernels();

// The tables there are, for tests and benches.
namespace scalar {
extern const FloatKernels<float> kFloat32;
extern const FloatKernels<double> kFloat64;
}  // namespace scalar
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
extern const FloatKernels<float> kFloat32;
extern const FloatKernels<double> kFloat64;
}  // namespace scalar_fma
namespace scalar_avx2 {
extern const FloatKernels<float> kFloat32;
extern const FloatKernels<double> kFloat64;
}  // namespace scalar_avx2
namespace scalar_avx512 {
extern const FloatKernels<float> kFloat32;
extern const FloatKernels<double> kFloat64;
}  // namespace scalar_avx512
#elif defined(__ARM_FEATURE_MVE)
namespace mve {
extern const FloatKernels<float> kFloat32;
}  // namespace mve
#endif

}  // namespace moonlet
