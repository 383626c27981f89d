// engine/tensor/view.h - other looks at the same elements. Nothing here copies.
#pragma once
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// The part at `position` of `axis`, which the view no longer has. Positions from 0.
Tensor Select(const Tensor& t, int axis, Index position);

// `count` positions of `axis`: first, first + step, ... A count of 0 is allowed.
Tensor Slice(const Tensor& t, int axis, Index first, Index count, Index step);

}  // namespace moonlet
