// engine/kernels/signal_window.h - the window a frame of samples is multiplied by, and the
// shift that makes the most of 16 bits before a fixed-point transform.
#pragma once
#include <cstdint>

#include "engine/kernels/unaligned.h"

namespace moonlet {

// input[i] * weights[i] / 2^shift, rounded down, saturated. `output` may be `input`.
// Requires 0 <= shift <= 31.
void WindowS16(const int16_t* input, Unaligned<int16_t> weights, int32_t n, int shift,
               int16_t* output);

// The number of bits all samples can be shifted left without overflow; 0 for silence.
// -32768 counts only until a larger sample follows, as in the reference: {-32768, 5} gives
// 12, and the first sample is lost in the shift.
int FreeBitsS16(const int16_t* input, int32_t n);
// input[i] * 2^shift modulo 2^16. `output` may be `input`. Requires 0 <= shift <= 15.
void ShiftLeftS16(const int16_t* input, int32_t n, int shift, int16_t* output);

}  // namespace moonlet
