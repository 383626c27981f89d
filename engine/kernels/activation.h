// engine/kernels/activation.h - the clamp an operator applies to its output.
#pragma once
#include <cstdint>

namespace moonlet {

// Numbered as in the .tflite schema. kTanh and kSignBit clamp nothing: the operators
// here that carry the option ignore both, as the reference does.
enum class Activation : uint8_t { kNone, kRelu, kReluN1To1, kRelu6, kTanh, kSignBit };

// Where a quantised result goes: zero point, then clamp to [min, max].
struct OutputS8 {
  int16_t zero = 0;
  int16_t min = -128;
  int16_t max = 127;
};
// The range of an int8 output of this scale and zero point (-128..127). False when a
// limit does not fit int32, as a denormal or zero scale makes it.
[[nodiscard]] bool MakeOutputS8(Activation activation, float scale, int32_t zero, OutputS8* output);

// The same of an int16 output, zero point -32768..32767.
struct OutputS16 {
  int16_t zero = 0;
  int16_t min = -32768;
  int16_t max = 32767;
};
[[nodiscard]] bool MakeOutputS16(Activation activation, float scale, int32_t zero,
                                 OutputS16* output);

struct RangeF32 {
  float min;
  float max;
};
// The range of a float output: the largest finite numbers where nothing is asked.
RangeF32 MakeRangeF32(Activation activation);

struct RangeS32 {
  int32_t min;
  int32_t max;
};
// The same of an int32 output that is not quantised.
RangeS32 MakeRangeS32(Activation activation);

// NaN passes; an infinity ends at the largest finite number.
[[gnu::always_inline]] inline float Clamp(float x, RangeF32 range) {
  x = x < range.min ? range.min : x;
  return range.max < x ? range.max : x;
}

}  // namespace moonlet
