// One chain of fma per output, ascending in k. The loops below keep four rows of
// outputs at a time, which changes no chain.
#include "engine/kernels/matmul_scalar.h"

#include "engine/kernels/float_kernels.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

template <size_t kRows, typename T>
inline void Rows(const T* a, const T* b, T* c, size_t depth) {
  T sum[kRows][kTile];
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < kTile; ++j) sum[i][j] = c[i * kTile + j];
  // The pragmas keep the sums in registers: gcc 12 then works on rows of lanes.
  for (size_t k = 0; k < depth; ++k)
#pragma GCC unroll 4
    for (size_t i = 0; i < kRows; ++i)
#pragma GCC unroll 1
      for (size_t j = 0; j < kTile; ++j)
        sum[i][j] = Fma(a[i * kTileDepth + k], b[k * kTile + j], sum[i][j]);
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < kTile; ++j) c[i * kTile + j] = sum[i][j];
}

}  // namespace

template <typename T>
void Tile(const T* a, const T* b, T* c, size_t rows, size_t depth) {
  constexpr size_t kBlock = 4;
  size_t i = 0;
  for (; rows - i >= kBlock; i += kBlock) Rows<kBlock>(a + i * kTileDepth, b, c + i * kTile, depth);
  for (; i < rows; ++i) Rows<1>(a + i * kTileDepth, b, c + i * kTile, depth);
}

template void Tile(const float*, const float*, float*, size_t, size_t);
template void Tile(const double*, const double*, double*, size_t, size_t);

}  // namespace moonlet::MOONLET_SCALAR
