// engine/kernels/round_half_away.h - a float32 to the nearest integer, ties away from zero.
#pragma once
#include <cstdint>

#include "engine/kernels/fixed_point.h"

namespace moonlet {

// Saturates; NaN is 0.
[[gnu::always_inline]] inline int32_t RoundHalfAway(float x) {
#if defined(__ARM_FP) && __ARM_ARCH >= 8
  int32_t nearest;
  asm("vcvta.s32.f32 %0, %1" : "=t"(nearest) : "t"(x));
  return nearest;
#else
  if (x != x) return 0;
  if (x >= 2147483648.0f) return kInt32Max;
  if (x <= -2147483648.0f) return kInt32Min;
  // Exact: below 2^24 the remainder fits a float, above there is none.
  const auto whole = static_cast<int32_t>(x);
  const float rest = x - static_cast<float>(whole);
  return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
#endif
}

}  // namespace moonlet
