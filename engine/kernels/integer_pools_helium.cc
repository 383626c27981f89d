// Windows over some channels: eight sums at a time in 16 bits, or 16 maxima.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>

#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/integer_pools_device.h"

namespace moonlet::mve {
namespace {

// The sums of eight channels from c on, as far as there are so many.
void SumEight(const PoolWindowS8& window, int32_t c, int32_t* eight) {
  const mve_pred16_t live = vctp16q(static_cast<uint32_t>(window.channels - c));
  const std::ptrdiff_t column = window.column;
  int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
  for (int32_t y = 0; y < window.rows; ++y) {
    const int8_t* in = window.first + y * window.row + c;
    for (int32_t x = 0; x < window.columns; x += kMostTaps) {
      int16x8_t sum = vdupq_n_s16(0);
      for (int32_t taps = std::min(kMostTaps, window.columns - x); taps > 0; --taps) {
        sum = vaddq_s16(sum, vldrbq_z_s16(in, live));
        in += column;
      }
      even = vaddq_s32(even, vmovlbq_s16(sum));
      odd = vaddq_s32(odd, vmovltq_s16(sum));
    }
  }
  const int32x4x2_t both = {{even, odd}};
  vst2q_s32(eight, both);
}

}  // namespace

void SumS8(const PoolWindowS8& window, int32_t* sums) { AddSums<8>(window, SumEight, sums); }

void AverageS8(const PoolWindowS8& window, int8_t* output) { Average<8>(window, SumEight, output); }

void MaxS8(const PoolWindowS8& window, int8_t* output) {
  const PoolWindowS8 joined = Joined(window);
  for (int32_t c = 0; c < window.channels; c += 16) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(window.channels - c));
    int8x16_t best = vdupq_n_s8(static_cast<int8_t>(window.min));
    for (int32_t y = 0; y < joined.rows; ++y) {
      const int8_t* in = window.first + y * joined.row + c;
      for (int32_t taps = joined.columns; taps > 0; --taps, in += joined.column)
        best = vmaxq_s8(best, vldrbq_z_s8(in, live));
    }
    best = vminq_s8(best, vdupq_n_s8(static_cast<int8_t>(window.max)));
    vstrbq_p_s8(output + c, best, live);
  }
}

}  // namespace moonlet::mve
#endif
