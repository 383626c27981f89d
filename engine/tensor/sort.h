// engine/tensor/sort.h - the elements of the last axis in order.
//
// Equal elements keep their order (-0 equals 0), NaN comes last in either direction, and
// a float32 denormal counts as zero, as it does in comparisons.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct Sorted {
  const Tensor* values = nullptr;     // takes the elements: x's dtype; may be x itself
  const Tensor* positions = nullptr;  // takes where they stood, from 1: int32
};

// Both results, where wanted, have the shape of x but for the last axis, which keeps the
// first dim(last) of the sorted elements. kInvalid when that is more than x has; rank 0
// too. Takes scratch memory for one row from `memory`.
Status Sort(const Tensor& x, bool descending, const Sorted& out, Allocator& memory,
            const StopToken& stop) noexcept;

}  // namespace moonlet
