// engine/kernels/requantize_dsp.h - from sums to int8 outputs, with the carry of shifts for its
// two roundings.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/channel_constants.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet::armdsp {

// Rescale(sum, {value, -right}) + zero. Requires 1 <= right <= 31.
#if defined(__ARM_FEATURE_DSP)
[[gnu::always_inline]] inline int32_t RescaleRight(int32_t sum, int32_t value, int32_t right,
                                                   int32_t zero) {
  int32_t low, high;
  asm("smull %[low], %[high], %[sum], %[value]\n\t"
      // The doubled product's high word, rounded by its low word's top bit.
      "lsls %[low], %[low], #1\n\t"
      "adc %[high], %[high], %[high]\n\t"
      "add %[high], %[high], %[low], lsr #31\n\t"
      // Ties of negative numbers go down: one less, then the carry is the bit shifted out last.
      "add %[high], %[high], %[high], asr #31\n\t"
      "asrs %[high], %[high], %[right]\n\t"
      "adc %[high], %[high], %[zero]"
      : [low] "=&r"(low), [high] "=&r"(high)
      : [sum] "r"(sum), [value] "r"(value), [right] "r"(right), [zero] "r"(zero)
      : "cc");
  return high;
}
#else
[[gnu::always_inline]] inline int32_t RescaleRight(int32_t sum, int32_t value, int32_t right,
                                                   int32_t zero) {
  return WrapAdd(Rescale(sum, {value, static_cast<int8_t>(-right)}), zero);
}
#endif

// To the output's range; kWhole: that of int8.
template <bool kWhole>
[[gnu::always_inline]] inline int8_t Saturate(int32_t value, const OutputS8& output) {
#if defined(__ARM_FEATURE_DSP)
  if constexpr (kWhole) {
    asm("ssat %0, #8, %0" : "+r"(value));
    return static_cast<int8_t>(value);
  }
#endif
  return static_cast<int8_t>(std::clamp<int32_t>(value, output.min, output.max));
}

// For each of `count` channels kEach sums: the first ones' outputs lie next to each other, those of
// a channel `step` apart.
template <int kEach, bool kWhole>
inline void FinishIn(const int32_t* sums, const int32_t* multipliers, const int8_t* shifts,
                     int32_t count, const OutputS8& output, int8_t* out, std::ptrdiff_t step) {
  const OutputS8 to = output;  // a copy, since what is written might be it
  for (int32_t c = 0; c < count; ++c, sums += kEach, ++out) {
    const int32_t multiplier = multipliers[c];
    const int32_t right = -shifts[c];
    if (right > 0) [[likely]] {
#pragma GCC unroll 4
      for (int i = 0; i < kEach; ++i)
        out[i * step] = Saturate<kWhole>(RescaleRight(sums[i], multiplier, right, to.zero), to);
    } else {
      const Multiplier scale = {multiplier, shifts[c]};
      for (int i = 0; i < kEach; ++i)
        out[i * step] = Saturate<kWhole>(WrapAdd(Rescale(sums[i], scale), to.zero), to);
    }
  }
}

// The constants of `count` channels from `first` on.
template <int kEach>
inline void Finish(const int32_t* sums, const ChannelConstants& constants, int32_t first,
                   int32_t count, const OutputS8& output, int8_t* out, std::ptrdiff_t step) {
  const bool is_whole = output.min == -128 && output.max == 127;
  const auto finish = is_whole ? FinishIn<kEach, true> : FinishIn<kEach, false>;
  finish(sums, constants.multiplier() + first, constants.shift() + first, count, output, out, step);
}

}  // namespace moonlet::armdsp
