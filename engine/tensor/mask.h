// engine/tensor/mask.h - picks parts of a tensor by a tensor of truth values.
//
// The mask's shape is that of the tensor's leading axes: a mask over all axes picks
// elements, a mask of rank 1 picks rows.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// The number of true elements. Requires dtype bool.
Status CountTrue(const Tensor& mask, const StopToken& stop, Index* count) noexcept;

// The shape of `count` picked parts: {count, axes the mask does not cover...}; kInvalid
// when the mask is not bool or does not have the shape of t's leading axes.
Status PickedShape(const Tensor& t, const Tensor& mask, Index count, Shape* shape) noexcept;

// Copies the parts where `mask` is true, in row-major order, to `picked`; and back from
// `picked`, converted, into `t`. Requires picked.shape as PickedShape tells.
Status Pick(const Tensor& t, const Tensor& mask, const Tensor& picked,
            const StopToken& stop) noexcept;
Status PutPicked(const Tensor& picked, const Tensor& mask, const Tensor& t,
                 const StopToken& stop) noexcept;

}  // namespace moonlet
