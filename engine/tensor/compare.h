// engine/tensor/compare.h - are two tensors the same?
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Same dtype, shape and elements. As for numbers, NaN equals nothing and -0 equals 0.
Status Equal(const Tensor& a, const Tensor& b, const StopToken& stop, bool* equal) noexcept;

// |a - b| <= absolute + relative * |b| for every element, in double (NumPy's allclose):
// equal infinities are close, NaN is close to nothing. Requires equal shapes.
Status AllClose(const Tensor& a, const Tensor& b, double relative, double absolute,
                const StopToken& stop, bool* close) noexcept;

}  // namespace moonlet
