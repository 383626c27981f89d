// engine/kernels/relu.h - RELU, RELU6 and RELU_N1_TO_1: x between two limits. The output may
// be the input's memory. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// (x - input_zero) * scale + output_zero, clamped.
struct ReluParams {
  Multiplier scale;
  int16_t input_zero = 0;
  int16_t output_zero = 0;
  int16_t min = 0;
  int16_t max = 0;
};
// The factor is a quotient of float32; false when it is out of range.
[[nodiscard]] bool MakeReluScale(float input_scale, float output_scale, Multiplier* scale);

int32_t ReluOf(const ReluParams& p, int32_t x);
[[nodiscard]] bool ReluS16(const ReluParams& p, const int16_t* input, size_t n, int16_t* output,
                           const StopToken& stop);
[[nodiscard]] bool ReluF32(RangeF32 range, const float* input, size_t n, float* output,
                           const StopToken& stop);

}  // namespace moonlet
