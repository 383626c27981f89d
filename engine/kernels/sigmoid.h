// engine/kernels/sigmoid.h - logistic function and tanh of 16-bit numbers, interpolated in
// the table of engine/kernels/sigmoid_table.h, as the reference kernels have it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

// How a quantised x becomes an argument: x * factor / 2^shift, rounded, wrapping at 32 bits.
// One unit is 3 * 2^12 steps, so x in Q3.12 takes factor 3, shift 0. 0 <= shift <= 31.
struct SigmoidScale {
  int32_t factor = 3;
  int32_t shift = 0;
};
// Of an input with this scale. 2^-12 times 1, 2 .. 2^most_doublings are taken for exact from
// 0.07 % off on. False when the factor does not fit (a scale of 2^31 / 12288).
[[nodiscard]] bool MakeSigmoidScale(float input_scale, int most_doublings, SigmoidScale* scale);
int32_t SigmoidArgument(int16_t x, SigmoidScale scale);

// 1 / (1 + exp(-a)) and tanh(a) of such an argument, in steps of 2^-15.
int16_t LogisticByTable(int32_t argument);
int16_t TanhByTable(int32_t argument);

namespace scalar {  // inner loops (integer_loops.h): the functions of each argument
void LogisticS16(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output);
void TanhS16(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output);
}  // namespace scalar
}  // namespace moonlet
