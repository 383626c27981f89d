// engine/tensor/overlap.h - may a result be written over an operand?
#pragma once
#include "engine/tensor/tensor.h"

namespace moonlet {

// Same memory, dtype, shape and strides: element i of one is element i of the other.
bool Identical(const Tensor& a, const Tensor& b);

// False only when no byte belongs to both. Different rows, columns, blocks or
// interleaved slices of one tensor are told apart.
bool MayOverlap(const Tensor& a, const Tensor& b);

}  // namespace moonlet
