// engine/tensor/arrange.h - copies whose elements stand in other places, or several times.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Element i of `axis` goes to i + shift, those beyond the end to the beginning. Any shift.
// Requires `out` of x's dtype and shape, apart from x.
Status Roll(const Tensor& x, int axis, Index shift, const Tensor& out,
            const StopToken& stop) noexcept;

// Copies of x side by side. Requires the rank of `out` to be that of x, each of its lengths
// a multiple of x's, and `out` apart from x.
Status Tile(const Tensor& x, const Tensor& out, const StopToken& stop) noexcept;

// Each part along `axis` `times` times, one behind the other. Requires `out` as long.
Status RepeatEach(const Tensor& x, int axis, Index times, const Tensor& out,
                  const StopToken& stop) noexcept;

// The diagonal of two different axes as a view, its axis the last one.
Tensor Diagonal(const Tensor& x, int axis1, int axis2);

}  // namespace moonlet
