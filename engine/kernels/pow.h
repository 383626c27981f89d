// engine/kernels/pow.h - POW: a to the power b of two tensors that broadcast against each
// other. The output is row-major in the joint shape and may be the memory of an input that is
// not repeated. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"

namespace moonlet {

// Wraps. A negative power is the quotient 1 / a^|b| cut off: 0 unless a is 1 or -1.
[[nodiscard]] bool PowS32(const BroadcastPair& shape, const int32_t* a, const int32_t* b,
                          int32_t* output, const StopToken& stop);
// The double function, rounded.
[[nodiscard]] bool PowF32(const BroadcastPair& shape, const float* a, const float* b, float* output,
                          const StopToken& stop);

}  // namespace moonlet
