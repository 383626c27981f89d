// engine/kernels/unary_integer.h - ABS and RSQRT of quantised integers. The output may be the
// input's memory. Stopping as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/byte_table.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct UnaryIntegerParams {
  Multiplier scale;
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};

// |x|, clamped to the output's type. False when the factor is out of range.
[[nodiscard]] bool MakeAbsScale(float input_scale, float output_scale, Multiplier* scale);
ByteTable AbsTable(const UnaryIntegerParams& p);
[[nodiscard]] bool AbsS16(const UnaryIntegerParams& p, const int16_t* input, size_t n,
                          int16_t* output, const StopToken& stop);
// Of plain numbers; that of -32768 is itself.
[[nodiscard]] bool PlainAbsS16(const int16_t* input, size_t n, int16_t* output,
                               const StopToken& stop);

// 1 / sqrt(x); where x stands for 0 it is the largest value of the output's type.
[[nodiscard]] bool MakeRsqrtScale(float input_scale, float output_scale, Multiplier* scale);
// Requires x >= input_zero. Not yet clamped.
int32_t RsqrtInteger(const UnaryIntegerParams& p, int32_t x);
// Inputs below the zero point give 0, raw.
ByteTable RsqrtTable(const UnaryIntegerParams& p);
// Requires that no input is below the zero point.
[[nodiscard]] bool RsqrtS16(const UnaryIntegerParams& p, const int16_t* input, size_t n,
                            int16_t* output, const StopToken& stop);

// Whether every value is at least `least`. False, too, when the StopToken ended it.
// T is int8_t or int16_t.
template <typename T>
[[nodiscard]] bool AllAtLeast(const T* input, size_t n, int32_t least, const StopToken& stop);

}  // namespace moonlet
