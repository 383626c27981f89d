// engine/kernels/squared_difference.h - SQUARED_DIFFERENCE: (a - b)^2 of two tensors that
// broadcast against each other. The output is row-major in the joint shape and may be the
// memory of an input that is not repeated. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct SquaredDifferenceParams {
  Multiplier a;  // to twice the larger scale of both
  Multiplier b;
  Multiplier output;  // from the square of that
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  int16_t zero_output = 0;
  int16_t unused = 0;
};
// Fills the factors, in double; false when one is out of range. int8 has 7 bits of head room
// below, int16 none.
inline constexpr int kSquaredDifferenceHeadRoomS8 = 7;
inline constexpr int kSquaredDifferenceHeadRoomS16 = 0;
[[nodiscard]] bool MakeSquaredDifferenceScales(float scale_a, float scale_b, float scale_output,
                                               int head_room, SquaredDifferenceParams* p);

[[nodiscard]] bool SquaredDifferenceS8(const SquaredDifferenceParams& p, const BroadcastPair& shape,
                                       const int8_t* a, const int8_t* b, int8_t* output,
                                       const StopToken& stop);
[[nodiscard]] bool SquaredDifferenceS16(const SquaredDifferenceParams& p,
                                        const BroadcastPair& shape, const int16_t* a,
                                        const int16_t* b, int16_t* output, const StopToken& stop);
// Wraps.
[[nodiscard]] bool SquaredDifferenceS32(const BroadcastPair& shape, const int32_t* a,
                                        const int32_t* b, int32_t* output, const StopToken& stop);
[[nodiscard]] bool SquaredDifferenceF32(const BroadcastPair& shape, const float* a, const float* b,
                                        float* output, const StopToken& stop);

}  // namespace moonlet
