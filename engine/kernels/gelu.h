// engine/kernels/gelu.h - GELU: x times the share of the normal distribution below x, or an
// approximation of that by tanh. The output may be the input's memory. Stopping and
// FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"

namespace moonlet {

enum class GeluMode : int32_t { kExact, kApproximate };

// erfc or tanh and all else in double, rounded once.
float Gelu(GeluMode mode, float x);

ByteTable MakeGeluTable(GeluMode mode, float input_scale, int32_t input_zero, float output_scale,
                        int32_t output_zero);
[[nodiscard]] bool GeluF32(GeluMode mode, const float* input, size_t n, float* output,
                           const StopToken& stop);

}  // namespace moonlet
