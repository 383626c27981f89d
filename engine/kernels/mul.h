// engine/kernels/mul.h - MUL: elementwise product of two tensors, broadcast against each
// other. The output is row-major in the joint shape and may be the memory of an input
// that is not repeated. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct MulS8Params {
  Multiplier scale;  // of both inputs / of the output
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  OutputS8 output;
  int16_t unused = 0;
};
// Zero points are 0.
struct MulS16Params {
  Multiplier scale;
  OutputS16 output;
  int16_t unused = 0;
};
// False when the factor is out of range.
[[nodiscard]] bool MakeMulScale(float scale_a, float scale_b, float scale_output, Multiplier* m);

[[nodiscard]] bool MulS8(const MulS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);
[[nodiscard]] bool MulS16(const MulS16Params& p, const BroadcastPair& shape, const int16_t* a,
                          const int16_t* b, int16_t* output, const StopToken& stop);
// Wraps, then clamps.
[[nodiscard]] bool MulS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a,
                          const int32_t* b, int32_t* output, const StopToken& stop);
[[nodiscard]] bool MulF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

}  // namespace moonlet
