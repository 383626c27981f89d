// engine/kernels/div.h - DIV: elementwise quotient of two tensors, broadcast against each
// other. The output is row-major in the joint shape and may be the memory of an input that
// is not repeated. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct DivS8Params {
  Multiplier scale;  // of the first input / (of the second * the output's)
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  OutputS8 output;
  int16_t unused = 0;
};
// In float32; false when the factor is out of range.
[[nodiscard]] bool MakeDivScale(float scale_a, float scale_b, float scale_output, Multiplier* m);
// The reciprocal of b in fixed point. A quotient of less than half a step is 0, where the
// reference shifts too far, and so is x / 0.
[[nodiscard]] bool DivS8(const DivS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);

// Toward zero. x / 0 is 0 and -2^31 / -1 is -2^31, as a Cortex-M divides.
[[nodiscard]] bool DivS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a,
                          const int32_t* b, int32_t* output, const StopToken& stop);
[[nodiscard]] bool DivF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

}  // namespace moonlet
