// engine/kernels/elu.h - ELU: x where it is positive, exp(x) - 1 elsewhere. The output may be
// the input's memory. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"

namespace moonlet {

// Real numbers are float32; the exponential is a double one, rounded.
ByteTable MakeEluTable(float input_scale, int32_t input_zero, float output_scale,
                       int32_t output_zero);
// The double expm1, rounded.
[[nodiscard]] bool EluF32(const float* input, size_t n, float* output, const StopToken& stop);

}  // namespace moonlet
