// engine/tensor/fill.h - writes values that follow a rule.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Every element of `t` becomes the one at `element`, which has t's dtype.
Status Fill(const Tensor& t, const void* element, const StopToken& stop) noexcept;

// Element i, in row-major order, becomes start + i * step, computed in double and then
// converted (engine/tensor/convert.h).
Status FillSequence(const Tensor& t, double start, double step, const StopToken& stop) noexcept;
// The same in integers, wrapping.
Status FillSequence(const Tensor& t, int64_t start, int64_t step, const StopToken& stop) noexcept;

}  // namespace moonlet
