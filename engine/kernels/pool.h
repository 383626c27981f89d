// engine/kernels/pool.h - AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D, each channel for
// itself.
//
// Only the part of the window inside the image counts. Input and output of the
// integer kernels share scale and zero point, so raw values are pooled. Stopping and
// FlushDenormals as engine/kernels/conv.h says; dilations are 1.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/window.h"

namespace moonlet {

struct PoolS8Params {
  Window window;
  int32_t channels = 0;
  int16_t min = -128;
  int16_t max = 127;
};
struct PoolS16Params {
  Window window;
  int32_t channels = 0;
  int16_t min = -32768;
  int16_t max = 32767;
};
struct PoolF32Params {
  Window window;
  int32_t channels = 0;
  RangeF32 range;
};

// The mean rounded to nearest, ties away from zero.
[[nodiscard]] bool AveragePoolS8(const PoolS8Params& p, const int8_t* input, int8_t* output,
                                 const StopToken& stop);
[[nodiscard]] bool MaxPoolS8(const PoolS8Params& p, const int8_t* input, int8_t* output,
                             const StopToken& stop);
[[nodiscard]] bool AveragePoolS16(const PoolS16Params& p, const int16_t* input, int16_t* output,
                                  const StopToken& stop);
[[nodiscard]] bool MaxPoolS16(const PoolS16Params& p, const int16_t* input, int16_t* output,
                              const StopToken& stop);
// The sum from +0 in the order row, column, divided by the count.
[[nodiscard]] bool AveragePoolF32(const PoolF32Params& p, const float* input, float* output,
                                  const StopToken& stop);
// max = a > b ? a : b in the order row, column, a the newer, from the lowest finite number.
[[nodiscard]] bool MaxPoolF32(const PoolF32Params& p, const float* input, float* output,
                              const StopToken& stop);
// The root of the mean square: squares are added from +0 in the order row, column.
[[nodiscard]] bool L2PoolF32(const PoolF32Params& p, const float* input, float* output,
                             const StopToken& stop);

namespace scalar {
[[nodiscard]] bool AveragePoolF32(const PoolF32Params& p, const float* input, float* output,
                                  const StopToken& stop);
[[nodiscard]] bool MaxPoolF32(const PoolF32Params& p, const float* input, float* output,
                              const StopToken& stop);
}  // namespace scalar
}  // namespace moonlet
