// engine/tensor/reduce.h - one value from the elements along an axis, or from all.
//
// Float reductions have one order, which follows from operation and shape, never from
// strides: the n elements of an axis, or all elements in row-major order, fill 16 lanes
// (engine/kernels/float_kernels.h). So x:sum(1) equals the sum of each row of a
// transposed copy, bit for bit.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

enum class ReduceOp : uint8_t {
  kSum,       // of integers in int64, wrapping
  kProduct,   // the same
  kMean,      // sum / n
  kVariance,  // mean of (x - mean)^2, not n - 1
  kDeviation,
  kNorm,  // square root of the sum of squares
  kMin,   // NaN when there is one
  kMax,
  kArgMin,  // position of the first minimum, or of the first NaN; from 1
  kArgMax,
  kAny,  // not zero
  kAll,
};
inline constexpr int kAllAxes = -1;

// The dtype of the result for elements of `dtype`: sum and product of integers int64,
// mean, variance, deviation and norm of integers float32, positions int32, any and all
// bool.
DType ResultOf(ReduceOp op, DType dtype);
// The shape that remains.
Shape ReducedShape(const Shape& shape, int axis);

// Requires out of ResultOf (kArgMin and kArgMax: int32 or int64) and ReducedShape,
// disjoint from x. Nothing to take an extreme of is kInvalid; the mean of nothing is NaN.
Status Reduce(ReduceOp op, const Tensor& x, int axis, const Tensor& out,
              const StopToken& stop) noexcept;

}  // namespace moonlet
