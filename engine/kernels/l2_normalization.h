// engine/kernels/l2_normalization.h - L2_NORMALIZATION: each row divided by its length.
// Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct L2NormalizationParams {
  int32_t rows = 0;
  int32_t depth = 0;
  int32_t input_zero = 0;  // of int8
};
// The output has scale 1/128 and zero point 0. The sum of squares saturates at 2^31 - 1.
[[nodiscard]] bool L2NormalizationS8(const L2NormalizationParams& p, const int8_t* input,
                                     int8_t* output, const StopToken& stop);
// The sum of squares in 16 lanes (float_kernels.h); a length below 1e-6 counts as that.
[[nodiscard]] bool L2NormalizationF32(const L2NormalizationParams& p, const float* input,
                                      float* output, const StopToken& stop);

}  // namespace moonlet
