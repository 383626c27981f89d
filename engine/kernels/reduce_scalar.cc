// The lane rule, spelled out: element i goes to lane i % 16 in ascending i, the last
// row of 16 is padded, and a halving tree joins the lanes.
#include "engine/kernels/reduce_scalar.h"

#include <cstdint>
#include <type_traits>

namespace moonlet::MOONLET_SCALAR {
namespace {

// Takes rows of 16 from 0 to n: step(lane, i) for an element, pad(lane) past the end.
template <typename T, typename Step, typename Pad>
inline void ForRows(T* lanes, size_t n, Step step, Pad pad) {
  T lane[kLanes];
  for (size_t j = 0; j < kLanes; ++j) lane[j] = lanes[j];
  size_t i = 0;
  for (; n - i >= kLanes; i += kLanes)
    for (size_t j = 0; j < kLanes; ++j) lane[j] = step(lane[j], i + j);
  if (i < n)
    for (size_t j = 0; j < kLanes; ++j) lane[j] = i + j < n ? step(lane[j], i + j) : pad(lane[j]);
  for (size_t j = 0; j < kLanes; ++j) lanes[j] = lane[j];
}

template <typename T, typename Join>
inline T Tree(const T* lanes, Join join) {
  T lane[kLanes];
  for (size_t j = 0; j < kLanes; ++j) lane[j] = lanes[j];
  for (size_t h = kLanes / 2; h > 0; h /= 2)
    for (size_t j = 0; j < h; ++j) lane[j] = join(lane[j], lane[j + h]);
  return lane[0];
}

// An integer as wide as T, which gcc 12 adds up in lanes, as it does not a bool.
template <typename T>
inline bool AnyNan(const T* x, size_t n) {
  using Count = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Count nans = 0;
  for (size_t i = 0; i < n; ++i) nans |= x[i] != x[i] ? Count{1} : Count{0};
  return nans != 0;
}

// Inner products of kRows rows side by side, which hides the latency of each.
template <size_t kRows, typename T>
inline void DotsOf(const T* x, MatrixRows<const T> rows, size_t n, T* sums) {
  T lane[kRows][kLanes] = {};
  size_t k = 0;
  for (; n - k >= kLanes; k += kLanes)
#pragma GCC unroll 4
    for (size_t i = 0; i < kRows; ++i)
#pragma GCC unroll 1
      for (size_t j = 0; j < kLanes; ++j)
        lane[i][j] = Fma(x[k + j], rows.data[i * rows.row + k + j], lane[i][j]);
  for (size_t i = 0; i < kRows; ++i) {
    if (k < n) AddProducts(lane[i], x + k, rows.data + i * rows.row + k, n - k);
    sums[i] = SumLanes(lane[i]);
  }
}

}  // namespace

// Adding zero is not idle: it turns a lane of -0 into +0.
template <typename T>
void Add(T* lanes, const T* x, size_t n) {
  ForRows(
      lanes, n, [x](T lane, size_t i) { return lane + x[i]; }, [](T lane) { return lane + T(0); });
}

template <typename T>
void AddProducts(T* lanes, const T* a, const T* b, size_t n) {
  ForRows(
      lanes, n, [a, b](T lane, size_t i) { return Fma(a[i], b[i], lane); },
      [](T lane) { return lane + T(0); });
}

template <typename T>
void AddDeviations(T* lanes, const T* x, T centre, size_t n) {
  const auto step = [x, centre](T lane, size_t i) {
    const T d = x[i] - centre;
    return Fma(d, d, lane);
  };
  ForRows(lanes, n, step, [](T lane) { return lane + T(0); });
}

template <typename T>
void Multiply(T* lanes, const T* x, size_t n) {
  ForRows(
      lanes, n, [x](T lane, size_t i) { return lane * x[i]; }, [](T lane) { return lane; });
}

template <typename T>
bool TakeMin(T* lanes, const T* x, size_t n) {
  ForRows(
      lanes, n, [x](T lane, size_t i) { return x[i] < lane ? x[i] : lane; },
      [](T lane) { return lane; });
  return AnyNan(x, n);
}

template <typename T>
bool TakeMax(T* lanes, const T* x, size_t n) {
  ForRows(
      lanes, n, [x](T lane, size_t i) { return x[i] > lane ? x[i] : lane; },
      [](T lane) { return lane; });
  return AnyNan(x, n);
}

template <typename T>
T SumLanes(const T* lanes) {
  return Tree(lanes, [](T a, T b) { return a + b; });
}

template <typename T>
T MultiplyLanes(const T* lanes) {
  return Tree(lanes, [](T a, T b) { return a * b; });
}

template <typename T>
T MinLanes(const T* lanes) {
  return Tree(lanes, [](T a, T b) { return a < b ? a : b; });
}

template <typename T>
T MaxLanes(const T* lanes) {
  return Tree(lanes, [](T a, T b) { return a > b ? a : b; });
}

template <typename T>
void Dots(const T* x, MatrixRows<const T> rows, size_t count, size_t n, T* sums) {
  // Four rows at a time take four registers of lanes, or eight.
  size_t i = 0;
  for (; count - i >= 4; i += 4, rows.data += 4 * rows.row) DotsOf<4>(x, rows, n, sums + i);
  for (; i < count; ++i, rows.data += rows.row) DotsOf<1>(x, rows, n, sums + i);
}

#define MOONLET_INSTANTIATE(T)                                           \
  template void Add(T*, const T*, size_t);                               \
  template void AddProducts(T*, const T*, const T*, size_t);             \
  template void AddDeviations(T*, const T*, T, size_t);                  \
  template void Multiply(T*, const T*, size_t);                          \
  template bool TakeMin(T*, const T*, size_t);                           \
  template bool TakeMax(T*, const T*, size_t);                           \
  template void Dots(const T*, MatrixRows<const T>, size_t, size_t, T*); \
  template T SumLanes(const T*);                                         \
  template T MultiplyLanes(const T*);                                    \
  template T MinLanes(const T*);                                         \
  template T MaxLanes(const T*);
MOONLET_INSTANTIATE(float)
MOONLET_INSTANTIATE(double)
#undef MOONLET_INSTANTIATE

}  // namespace moonlet::MOONLET_SCALAR
