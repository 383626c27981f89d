// engine/tensor/cross.h - the vector product.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Of the vectors along `axis`, which has length 3: each element is a product minus a
// product, in the dtype of `out`. Requires a and b of the shape of `out`, `out` apart from
// both, and `room` of its dtype and shape without the axis.
Status Cross(const Tensor& a, const Tensor& b, int axis, const Tensor& out, const Tensor& room,
             const StopToken& stop) noexcept;

}  // namespace moonlet
