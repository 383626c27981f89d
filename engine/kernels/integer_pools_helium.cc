// Windows over some channels: eight sums at a time in 16 bits, or 16 maxima; of int16 eight sums of
// products.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>

#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/integer_pools_device.h"

namespace moonlet::mve {
namespace {

// The sums of eight channels from c on, as far as there are so many, of kMostTaps places at most.
[[gnu::always_inline]] inline int16x8_t SumEight(const PoolWindowS8& window, int32_t c,
                                                 mve_pred16_t live) {
  const std::ptrdiff_t column = window.column;
  int16x8_t sum = vdupq_n_s16(0);
  for (int32_t y = 0; y < window.rows; ++y) {
    const int8_t* in = window.first + y * window.row + c;
    for (int32_t taps = window.columns; taps > 0; --taps, in += column)
      sum = vaddq_s16(sum, vldrbq_z_s16(in, live));
  }
  return sum;
}

void StoreSums(const PoolWindowS8& window, int32_t c, int32_t* sums) {
  const int16x8_t sum = SumEight(window, c, vctp16q(static_cast<uint32_t>(window.channels - c)));
  const int32x4x2_t both = {{vmovlbq_s16(sum), vmovltq_s16(sum)}};
  vst2q_s32(sums, both);
}

// sums[i] += the products of channel c + i.
void AddEight(const WeightedWindowS16& window, int32_t c, int64_t* sums) {
  const mve_pred16_t live = vctp16q(static_cast<uint32_t>(window.channels - c));
  int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
  for (int32_t y = 0; y < window.rows; ++y) {
    const int16_t* x = window.x + y * window.x_row + c;
    const int8_t* w = window.weights + y * window.weights_row + c;
    for (int32_t taps = window.columns; taps > 0; --taps) {
      const int16x8_t in = vldrhq_z_s16(x, live), weights = vldrbq_z_s16(w, live);
      even = vaddq_s32(even, vmullbq_int_s16(in, weights));
      odd = vaddq_s32(odd, vmulltq_int_s16(in, weights));
      x += window.x_column;
      w += window.weights_column;
    }
  }
  int32_t eight[8];
  const int32x4x2_t both = {{even, odd}};
  vst2q_s32(eight, both);
  for (int32_t i = 0; i < std::min<int32_t>(8, window.channels - c); ++i) sums[i] += eight[i];
}

}  // namespace

void SumS8(const PoolWindowS8& window, int32_t* sums) { AddSums<8>(window, StoreSums, sums); }

// x / n for x + n / 2 with x of at most 128 n, n <= kMostTaps, as the high byte of a product: its
// error is below x / 2^24, less than 1 / n.
void AverageS8(const PoolWindowS8& window, int8_t* output) {
  const PoolWindowS8 joined = Joined(window);
  const auto n = static_cast<uint32_t>(window.rows * window.columns);
  if (n > kMostTaps) return AverageOfMany(window, SumS8, output);
  const uint32_t inverse = (1u << 24) / n + 1;
  for (int32_t c = 0; c < window.channels; c += 8) {
    const mve_pred16_t live = vctp16q(static_cast<uint32_t>(window.channels - c));
    const int16x8_t sum = SumEight(joined, c, live);
    const uint16x8_t x =
        vaddq_n_u16(vreinterpretq_u16_s16(vabsq_s16(sum)), static_cast<uint16_t>(n / 2));
    const uint32x4_t even = vshrq_n_u32(vmulq_n_u32(vmovlbq_u16(x), inverse), 24);
    const uint32x4_t odd = vshrq_n_u32(vmulq_n_u32(vmovltq_u16(x), inverse), 24);
    int16x8_t mean = vreinterpretq_s16_u32(vorrq_u32(even, vshlq_n_u32(odd, 16)));
    const int16x8_t sign = vshrq_n_s16(sum, 15);
    mean = vsubq_s16(veorq_s16(mean, sign), sign);
    mean = vminq_s16(vmaxq_s16(mean, vdupq_n_s16(window.min)), vdupq_n_s16(window.max));
    vstrbq_p_s16(output + c, mean, live);
  }
}

// A product has 23 bits, so that many of them fit 32.
void AddWindowS16(const WeightedWindowS16& window, int64_t* sums) {
  constexpr int32_t kMostProducts = 256;
  const int32_t together =
      std::max<int32_t>(1, kMostProducts / std::max<int32_t>(1, window.columns));
  for (int32_t y = 0; y < window.rows; y += together) {
    for (int32_t first = 0; first < window.columns; first += kMostProducts) {
      WeightedWindowS16 part = window;
      part.rows = std::min(together, window.rows - y);
      part.columns = std::min(kMostProducts, window.columns - first);
      part.x += y * window.x_row + first * window.x_column;
      part.weights += y * window.weights_row + first * window.weights_column;
      for (int32_t c = 0; c < window.channels; c += 8) AddEight(part, c, sums + c);
    }
  }
}

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
