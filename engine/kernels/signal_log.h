// engine/kernels/signal_log.h - the natural logarithm of filter bank channels, in fixed
// point.
#pragma once
#include <cstdint>

namespace moonlet {

// scale * log(input * 2^correction_bits), log rounded to 16 bits behind the point, the
// product to an integer; 32767 at most, 0 where the argument is 0 or 1. Arguments and
// products wrap modulo 2^32. Requires 0 <= correction_bits <= 31.
void LogU32(const uint32_t* input, int32_t channels, int correction_bits, uint32_t scale,
            int16_t* output);

}  // namespace moonlet
