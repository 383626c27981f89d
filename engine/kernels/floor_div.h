// engine/kernels/floor_div.h - FLOOR_DIV and FLOOR_MOD: the quotient rounded down, and the
// remainder with the sign of the divisor, of tensors broadcast against each other. The
// output may be the memory of an input that is not repeated. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstddef>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"

namespace moonlet {

// The quotient is taken in double.
[[nodiscard]] bool FloorDivF32(const BroadcastPair& shape, const float* a, const float* b,
                               float* output, const StopToken& stop);
// x mod 0 is NaN.
[[nodiscard]] bool FloorModF32(const BroadcastPair& shape, const float* a, const float* b,
                               float* output, const StopToken& stop);

// Whether no value is 0 or a denormal. False, too, when the StopToken ended it.
[[nodiscard]] bool NoneIsZero(const float* x, size_t n, const StopToken& stop);

}  // namespace moonlet
