// engine/kernels/matmul_scalar.h - the specification of the matrix product (scalar.h).
#pragma once
#include <cstddef>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/scalar.h"

namespace moonlet::MOONLET_SCALAR {

template <typename T>
void Tile(MatrixRows<const T> a, MatrixRows<const T> b, MatrixRows<T> c, size_t rows, size_t depth);

}  // namespace moonlet::MOONLET_SCALAR
