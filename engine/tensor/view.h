// engine/tensor/view.h - other looks at the same elements. Nothing here copies.
#pragma once
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// The part at `position` of `axis`, which the view no longer has. Positions from 0.
Tensor Select(const Tensor& t, int axis, Index position);

// `count` positions of `axis`: first, first + step, ... A count of 0 is allowed.
Tensor Slice(const Tensor& t, int axis, Index first, Index count, Index step);

// The axes in another order: axis i of the view is axis order[i] of `t`.
// Requires a permutation of 0 .. rank-1.
Tensor Permute(const Tensor& t, const int* order);

// Without `axis`, whose length must be 1; and with a new axis of length 1 before `axis`.
Tensor Squeeze(const Tensor& t, int axis);
Tensor Unsqueeze(const Tensor& t, int axis);

// `t` in another shape of the same size, without copying. False when its strides do not
// allow that; a contiguous tensor always does. Requires shape.size() == t.size().
bool ReshapeView(const Tensor& t, const Shape& shape, Tensor* view);

}  // namespace moonlet
