// engine/kernels/logistic.h - LOGISTIC: 1 / (1 + exp(-x)) of each element. `output` may be
// `input`. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct LogisticS8Params {
  Multiplier scale;    // input scale, in Q4
  int32_t radius = 0;  // differences from the zero point as far away give 0 or 1
  int32_t zero = 0;    // of the input
  int32_t elements = 0;
};
// False unless the scale is at least 2^-28, the smallest the fixed point can hold, and
// below 2^100.
[[nodiscard]] bool MakeLogisticS8(float input_scale, int32_t zero, int32_t elements,
                                  LogisticS8Params* p);
// The output has scale 1/256 and zero point -128.
[[nodiscard]] bool LogisticS8(const LogisticS8Params& p, const int8_t* input, int8_t* output,
                              const StopToken& stop);

// What LogisticS8 makes of each byte: worth its 256 bytes where many elements want it.
ByteTable MakeLogisticTable(const LogisticS8Params& p);

struct LogisticS16Params {
  int32_t factor = 0;  // of the input: to steps of 1 / (24 * 512)
  int32_t shift = 0;   // right, rounded
  int32_t elements = 0;
};
// False when the scale is so large (2^31 / 12288) that the factor does not fit. From
// about 5.3 products wrap, as in the reference.
[[nodiscard]] bool MakeLogisticS16(float input_scale, int32_t elements, LogisticS16Params* p);
// Interpolates in a table. Zero points are 0, the output has scale 2^-15.
[[nodiscard]] bool LogisticS16(const LogisticS16Params& p, const int16_t* input, int16_t* output,
                               const StopToken& stop);

[[nodiscard]] bool LogisticF32(int32_t elements, const float* input, float* output,
                               const StopToken& stop);

}  // namespace moonlet
