// engine/kernels/tanh.h - TANH of each element. The output may be the input's memory.
// Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"
#include "engine/kernels/sigmoid.h"

namespace moonlet {

// The output has scale 1/128 and zero point 0. False unless the scale is at least 2^-28, the
// smallest the fixed point can hold, and below 2^100.
[[nodiscard]] bool MakeTanhTable(float input_scale, int32_t input_zero, ByteTable* table);

// Interpolates in a table. Zero points are 0, the output has scale 2^-15.
[[nodiscard]] bool TanhS16(const SigmoidScale& scale, const int16_t* input, size_t n,
                           int16_t* output, const StopToken& stop);
[[nodiscard]] bool TanhF32(const float* input, size_t n, float* output, const StopToken& stop);

}  // namespace moonlet
