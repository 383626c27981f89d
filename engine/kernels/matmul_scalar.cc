// One chain of fma per output, ascending in k. The loops below keep several rows of
// outputs at a time, which changes no chain.
#include "engine/kernels/matmul_scalar.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

#if defined(__AVX512F__)
constexpr size_t kVectorBytes = 64;
#else
constexpr size_t kVectorBytes = 32;
#endif
// Neighbouring columns in at most two vectors, and rows so that there are eight of them: as many
// fused multiply-adds are on their way at a time.
template <typename T>
constexpr size_t kColumns = kTile * sizeof(T) < 2 * kVectorBytes ? kTile
                                                                 : 2 * kVectorBytes / sizeof(T);
template <typename T>
constexpr size_t kRows = 8 * kVectorBytes / (kColumns<T> * sizeof(T));

template <size_t kCount, typename T>
inline void Block(MatrixRows<const T> a, MatrixRows<const T> b, MatrixRows<T> c, size_t depth) {
  T sum[kCount][kColumns<T>];
  for (size_t i = 0; i < kCount; ++i)
    for (size_t j = 0; j < kColumns<T>; ++j) sum[i][j] = c.data[i * c.row + j];
  // The pragmas keep the sums in registers: gcc 12 then works on rows of lanes.
  for (size_t k = 0; k < depth; ++k)
#pragma GCC unroll 8
    for (size_t i = 0; i < kCount; ++i)
#pragma GCC unroll 1
      for (size_t j = 0; j < kColumns<T>; ++j)
        sum[i][j] = Fma(a.data[i * a.row + k], b.data[k * b.row + j], sum[i][j]);
  for (size_t i = 0; i < kCount; ++i)
    for (size_t j = 0; j < kColumns<T>; ++j) c.data[i * c.row + j] = sum[i][j];
}

template <size_t kCount, typename T>
inline void Rows(MatrixRows<const T> a, MatrixRows<const T> b, MatrixRows<T> c, size_t row,
                 size_t depth) {
  for (size_t j = 0; j < kTile; j += kColumns<T>)
    Block<kCount, T>({a.data + row * a.row, a.row}, {b.data + j, b.row},
                     {c.data + row * c.row + j, c.row}, depth);
}

}  // namespace

template <typename T>
void Tile(MatrixRows<const T> a, MatrixRows<const T> b, MatrixRows<T> c, size_t rows,
          size_t depth) {
  size_t i = 0;
  for (; rows - i >= kRows<T>; i += kRows<T>) Rows<kRows<T>>(a, b, c, i, depth);
  if constexpr (kRows < T >> 2)
    for (; rows - i >= 2; i += 2) Rows<2>(a, b, c, i, depth);
  for (; i < rows; ++i) Rows<1>(a, b, c, i, depth);
}

template void Tile(MatrixRows<const float>, MatrixRows<const float>, MatrixRows<float>, size_t,
                   size_t);
template void Tile(MatrixRows<const double>, MatrixRows<const double>, MatrixRows<double>, size_t,
                   size_t);

}  // namespace moonlet::MOONLET_SCALAR
