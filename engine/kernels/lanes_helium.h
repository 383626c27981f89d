// engine/kernels/lanes_helium.h - four floats at a time with Helium, for the float kernels.
#pragma once
#include <arm_mve.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/unaligned.h"

namespace moonlet::mve {

using Lanes = float32x4_t;
inline constexpr int32_t kRow = 4;

// Four floats at steps that may differ, as bytes from the first: neighbours at `first` up to
// `last`, which lanes beyond it repeat. So what they read is there.
[[gnu::always_inline]] inline uint32x4_t Steps(int32_t first, int32_t last, int32_t shared,
                                               std::ptrdiff_t stride) {
  uint32_t steps[kRow];
  for (int32_t j = 0; j < kRow; ++j) {
    const int32_t at = first + j < last ? first + j : last - 1;
    steps[j] = static_cast<uint32_t>((at / shared - first / shared) * stride * 4);
  }
  return vldrwq_u32(steps);
}

[[gnu::always_inline]] inline const float* Floats(Unaligned<float> x) {
  return static_cast<const float*>(x.data());
}

// (low > x ? low : x), then (x > high ? high : x): NaN passes. gcc 12 moves the predicates of its
// intrinsics through other registers and back.
[[gnu::always_inline]] inline Lanes Clamped(Lanes x, RangeF32 range) {
  const Lanes low = vdupq_n_f32(range.min), high = vdupq_n_f32(range.max);
  mve_pred16_t predicate;
  asm("vcmp.f32 gt, %q2, %q0\n\tvpsel %q0, %q2, %q0\n\t"
      "vcmp.f32 gt, %q0, %q3\n\tvpsel %q0, %q3, %q0"
      : "+w"(x), "=&Up"(predicate)
      : "w"(low), "w"(high));
  return x;
}

// The first `live` lanes.
[[gnu::always_inline]] inline void StoreRow(float* y, Lanes x, int32_t live) {
  if (live == kRow) return vstrwq_f32(y, x);
  vstrwq_p_f32(y, x, vctp32q(static_cast<uint32_t>(live)));
}

// The biases of channels [c, c + live) and what changes no sum where there are none.
[[gnu::always_inline]] inline Lanes BiasRow(Unaligned<float> bias, int32_t c, int32_t live) {
  float row[kRow];
  for (int32_t j = 0; j < kRow; ++j) row[j] = bias && j < live ? bias[c + j] : -0.0f;
  return vldrwq_f32(row);
}

}  // namespace moonlet::mve
