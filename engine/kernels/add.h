// engine/kernels/add.h - ADD: elementwise sum of two tensors, broadcast against each
// other. The output is row-major in the joint shape and may be the memory of an input
// that is not repeated. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// Both inputs are brought to a common scale with 20 bits of head room below, added,
// and rescaled to the output.
struct AddS8Params {
  Multiplier scale_a;
  Multiplier scale_b;
  Multiplier scale_output;
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  OutputS8 output;
};
// Fills the three factors; false when one is not between 0 and 1 (a scale of 0, say).
[[nodiscard]] bool MakeAddScales(float scale_a, float scale_b, float scale_output, AddS8Params* p);

[[nodiscard]] bool AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);
[[nodiscard]] bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);

namespace scalar {
[[nodiscard]] bool AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a,
                         const int8_t* b, int8_t* output, const StopToken& stop);
[[nodiscard]] bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a,
                          const float* b, float* output, const StopToken& stop);
}  // namespace scalar
}  // namespace moonlet
