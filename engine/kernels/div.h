// engine/kernels/div.h - DIV: elementwise quotient of two tensors, broadcast against each
// other. The output is row-major in the joint shape and may be the memory of an input that
// is not repeated. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/broadcast_pair.h"

namespace moonlet {

// Toward zero. x / 0 is 0 and -2^31 / -1 is -2^31, as a Cortex-M divides.
[[nodiscard]] bool DivS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a,
                          const int32_t* b, int32_t* output, const StopToken& stop);
[[nodiscard]] bool DivF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

}  // namespace moonlet
