// engine/kernels/softmax.h - SOFTMAX over the last axis: exp(beta * x) of each row,
// scaled to sum 1. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// Integer bits of the fixed point, here and in LOG_SOFTMAX: of a scaled difference to the
// largest entry, and of the sum of exponentials.
inline constexpr int kDifferenceBits = 5;
inline constexpr int kSumBits = 12;

struct SoftmaxS8Params {
  int32_t rows = 0;
  int32_t depth = 0;
  Multiplier scale;               // beta * input scale, in Q5
  int32_t lowest_difference = 0;  // entries further below the maximum give probability 0
};
// False unless beta * input_scale * 2^26 > 1, the smallest the fixed point can hold.
[[nodiscard]] bool MakeSoftmaxS8(int32_t rows, int32_t depth, float beta, float input_scale,
                                 SoftmaxS8Params* p);
// To is int8_t or int16_t, whose lowest value stands for 0 and whose step is 2^-8 or 2^-16.
// Where so many entries share the maximum that each probability is below 1/512 (the
// reference aborts), the int8 result is -128.
template <typename To>
[[nodiscard]] bool SoftmaxS8(const SoftmaxS8Params& p, const int8_t* input, To* output,
                             const StopToken& stop);

struct SoftmaxS16Params {
  int32_t rows = 0;
  int32_t depth = 0;
  Multiplier scale;  // beta * input scale, in steps of 10 / 65535
};
// False when the scale is out of range.
[[nodiscard]] bool MakeSoftmaxS16(int32_t rows, int32_t depth, float beta, float input_scale,
                                  SoftmaxS16Params* p);
// Interpolates exp and 1 / (1 + x) in tables. The output has scale 1/32768 and zero point 0.
// The sum of exponentials saturates at 65,536.
[[nodiscard]] bool SoftmaxS16(const SoftmaxS16Params& p, const int16_t* input, int16_t* output,
                              const StopToken& stop);

struct SoftmaxF32Params {
  int32_t rows = 0;
  int32_t depth = 0;
  float beta = 1;
};
// e = exp((x - max) * beta), the sum in 16 lanes (float_kernels.h); e / sum. `output` may
// be `input`.
[[nodiscard]] bool SoftmaxF32(const SoftmaxF32Params& p, const float* input, float* output,
                              const StopToken& stop);

namespace scalar {
// One row of the above.
template <typename To>
void SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, To* output);
}  // namespace scalar
}  // namespace moonlet
