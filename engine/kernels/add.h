// engine/kernels/add.h - ADD and SUB: elementwise sum and difference of two tensors,
// broadcast against each other. The output is row-major in the joint shape and may be the
// memory of an input that is not repeated. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// Both inputs are brought to a common scale with some bits of head room below, combined,
// and rescaled to the output.
inline constexpr int kAddHeadRoomS8 = 20;
inline constexpr int kAddHeadRoomS16 = 15;

struct AddScales {
  Multiplier a;
  Multiplier b;
  Multiplier output;
};
// The three factors, ADD's computed in double and SUB's in float32; false when one is not
// between 0 and 1 (a scale of 0, say).
[[nodiscard]] bool MakeAddScales(float scale_a, float scale_b, float scale_output, int head_room,
                                 AddScales* scales);
[[nodiscard]] bool MakeSubScales(float scale_a, float scale_b, float scale_output, int head_room,
                                 AddScales* scales);

// Output is OutputS8 or OutputS16.
template <typename Output>
struct AddParams {
  AddScales scales;
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  Output output;
  int16_t unused = 0;
};
using AddS8Params = AddParams<OutputS8>;
using AddS16Params = AddParams<OutputS16>;

[[nodiscard]] bool AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);
[[nodiscard]] bool AddS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a,
                          const int16_t* b, int16_t* output, const StopToken& stop);
[[nodiscard]] bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

// Modulo 2^32.
[[nodiscard]] bool AddS32(const BroadcastPair& shape, const int32_t* a, const int32_t* b,
                          int32_t* output, const StopToken& stop);

[[nodiscard]] bool SubS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);
[[nodiscard]] bool SubS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a,
                          const int16_t* b, int16_t* output, const StopToken& stop);
// Wraps, then clamps.
[[nodiscard]] bool SubS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a,
                          const int32_t* b, int32_t* output, const StopToken& stop);
[[nodiscard]] bool SubF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

}  // namespace moonlet
