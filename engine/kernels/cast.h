// engine/kernels/cast.h - CAST: one type of number to another. Callers cut long arrays into
// pieces of at most kCastPiece elements and poll their StopToken in between.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

inline constexpr size_t kCastPiece = 1 << 18;

// Integers wrap; to float they round to nearest even. Floats lose their fraction and end
// at the limits of the integer type; NaN gives 0. `output` may be `input` where both types
// are integers of one size.
// From is int8_t, uint8_t (a bool, 0 or 1), int16_t, int32_t, uint32_t or float; To is
// int8_t, int16_t, int32_t, uint32_t or float.
template <typename From, typename To>
void Cast(const From* input, size_t n, To* output);

}  // namespace moonlet
