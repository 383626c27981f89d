// engine/tensor/promote.h - the dtype of a result, as NumPy has it for two tensors, with
// float32 where NumPy makes float64 of integers alone.
#pragma once
#include "engine/base/status.h"
#include "engine/tensor/elementwise.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// NumPy's result_type: the smallest dtype that holds both (int8 and uint8: int16, int32
// and float32: float64).
DType Promote(DType a, DType b);

// The dtype `op` gives for operands that promote to `dtype`: `/` and `^` on integers give
// float32. kInvalid where the operation has no meaning: bool - bool, int & int.
Status ResultOf(BinaryOp op, DType dtype, DType* result);
// Functions on integers give float32; round, floor, abs and so on keep the dtype.
Status ResultOf(UnaryOp op, DType dtype, DType* result);

}  // namespace moonlet
