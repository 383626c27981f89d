// engine/kernels/prelu.h - PRELU: x where it is positive, alpha * x elsewhere, alpha being a
// tensor that broadcasts against x. The output is row-major in the joint shape and may be the
// memory of an input of its type that is not repeated. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct PreluParams {
  Multiplier positive;  // of the input's scale / the output's
  Multiplier negative;  // times alpha's
  int16_t input_zero = 0;
  int16_t alpha_zero = 0;
  int16_t output_zero = 0;
  int16_t unused = 0;
};
// Fills the factors, which are products of double; false when one is out of range.
[[nodiscard]] bool MakePreluScales(float input_scale, float alpha_scale, float output_scale,
                                   PreluParams* p);

// T is int8_t or int16_t.
template <typename T>
[[nodiscard]] bool Prelu(const PreluParams& p, const BroadcastPair& shape, const T* input,
                         const int8_t* alpha, T* output, const StopToken& stop);
[[nodiscard]] bool PreluF32(const BroadcastPair& shape, const float* input, const float* alpha,
                            float* output, const StopToken& stop);

}  // namespace moonlet
