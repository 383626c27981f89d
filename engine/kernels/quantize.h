// engine/kernels/quantize.h - QUANTIZE and DEQUANTIZE: between real numbers and scaled
// integers, and from one integer scale to another. FlushDenormals as
// engine/kernels/conv.h says. Callers cut long arrays into pieces of at most
// kQuantizePiece elements and poll their StopToken in between.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/fixed_point.h"

namespace moonlet {

inline constexpr size_t kQuantizePiece = 1 << 18;

// The integer next to x / scale, ties away from zero, + zero, saturated; NaN gives
// `zero`. A division, not a multiplication by 1 / scale, as the reference has it.
// T is int8_t, uint8_t, int16_t or int32_t.
template <typename T>
void Quantize(const float* input, size_t n, float scale, int32_t zero, T* output);

// (x - zero) * scale in double, rounded once to float32.
// T is int8_t, uint8_t, int16_t or int32_t.
template <typename T>
void Dequantize(const T* input, size_t n, float scale, int32_t zero, float* output);

struct RequantizeParams {
  Multiplier scale;  // of the input / of the output, in double
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};
// Rescale(x - input_zero) + output_zero, saturated. int8 to int8, uint8, int16, int32;
// int16 to int8, int16, int32; int32 to int8, int16; uint8 to int8.
template <typename From, typename To>
void Requantize(const RequantizeParams& p, const From* input, size_t n, To* output);

namespace scalar {  // what defines the results
template <typename T>
void Quantize(const float* input, size_t n, float scale, int32_t zero, T* output);
template <typename T>
void Dequantize(const T* input, size_t n, float scale, int32_t zero, float* output);
template <typename From, typename To>
void Requantize(const RequantizeParams& p, const From* input, size_t n, To* output);
}  // namespace scalar
}  // namespace moonlet
