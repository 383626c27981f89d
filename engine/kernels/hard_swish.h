// engine/kernels/hard_swish.h - HARD_SWISH: x * min(6, max(0, x + 3)) / 6 of each element.
// The output may be the input's memory. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"

namespace moonlet {

// In 16 bits. False unless the input's scale / 128 / the output's is below 1 and its factors
// are in range.
[[nodiscard]] bool MakeHardSwishTable(float input_scale, int32_t input_zero, float output_scale,
                                      int32_t output_zero, ByteTable* table);
[[nodiscard]] bool HardSwishF32(const float* input, size_t n, float* output, const StopToken& stop);

}  // namespace moonlet
