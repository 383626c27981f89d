// engine/kernels/unary_integer.h - ABS and RSQRT of quantised integers; int8 goes by a table
// (byte_table.h). The output may be the input's memory. Stopping as engine/kernels/conv.h
// says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct UnaryIntegerParams {
  Multiplier scale;
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};
// The value for one input, not yet clamped to the output's type.
using UnaryInteger = int32_t (*)(const UnaryIntegerParams& p, int32_t x);

// False when the factor is out of range.
[[nodiscard]] bool MakeAbsScale(float input_scale, float output_scale, Multiplier* scale);
int32_t AbsInteger(const UnaryIntegerParams& p, int32_t x);

[[nodiscard]] bool MakeRsqrtScale(float input_scale, float output_scale, Multiplier* scale);
// The largest int32 where x stands for 0. Requires x >= input_zero.
int32_t RsqrtInteger(const UnaryIntegerParams& p, int32_t x);

// output[i] = f(input[i]), clamped to int16.
[[nodiscard]] bool MapS16(UnaryInteger f, const UnaryIntegerParams& p, const int16_t* input,
                          size_t n, int16_t* output, const StopToken& stop);
// |x| of plain numbers; that of -32768 is itself.
[[nodiscard]] bool AbsS16(const int16_t* input, size_t n, int16_t* output, const StopToken& stop);

// Whether every value is at least `least`. False, too, when the StopToken ended it.
template <typename T>
[[nodiscard]] bool AllAtLeast(const T* input, size_t n, int32_t least, const StopToken& stop);

}  // namespace moonlet
