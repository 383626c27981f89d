// engine/kernels/log_softmax.h - LOG_SOFTMAX over the last axis: x less the logarithm of the
// sum of exp(x) of its row. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct LogSoftmaxS8Params {
  int32_t rows = 0;
  int32_t depth = 0;
  Multiplier scale;               // of the input, in Q5
  Multiplier back;                // from Q5 to steps of the input
  int32_t lowest_difference = 0;  // entries further below the maximum do not count
};
// False unless input_scale * 2^26 > 1, the smallest the fixed point can hold.
[[nodiscard]] bool MakeLogSoftmaxS8(int32_t rows, int32_t depth, float input_scale,
                                    LogSoftmaxS8Params* p);
// The output has scale 1/16 and zero point 127. The sum of exponentials saturates at 4,096.
[[nodiscard]] bool LogSoftmaxS8(const LogSoftmaxS8Params& p, const int8_t* input, int8_t* output,
                                const StopToken& stop);

struct LogSoftmaxF32Params {
  int32_t rows = 0;
  int32_t depth = 0;
};
// d = x - max; the sum of exp(d) in 16 lanes (float_kernels.h); d - log(sum). `output` is not
// `input`.
[[nodiscard]] bool LogSoftmaxF32(const LogSoftmaxF32Params& p, const float* input, float* output,
                                 const StopToken& stop);

}  // namespace moonlet
