// engine/kernels/requantize_helium.h - from int32 sums to int8 outputs with Helium, as FinishS8
// (offset_dot.h) does it.
//
// VQRDMULH is HighMul: ties up, and INT32_MIN squared saturates. VRSHL rounds ties up, too, where
// RoundingShiftRight rounds them away from zero, so negative values are lowered by one first;
// that cannot be seen where they all end at the output's least value, as below a ReLU.
#pragma once
#include <arm_mve.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/channel_constants.h"

namespace moonlet::mve {

// What a layer's channels have in common.
enum class Scaling : uint8_t {
  kRightOfZero,  // shifts to the right, and negative values end at the output's minimum
  kRight,        // shifts to the right by one or more, which leave values far below 2^31
  kAny,
};

template <Scaling kScaling>
[[gnu::always_inline]] inline int32x4_t Rescale(int32x4_t x, int32x4_t multiplier,
                                                int32x4_t shift) {
  if constexpr (kScaling == Scaling::kAny) {
    x = vshlq_s32(x, vmaxq_s32(shift, vdupq_n_s32(0)));
    shift = vminq_s32(shift, vdupq_n_s32(0));
    x = vqrdmulhq_s32(x, multiplier);
    x = vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, shift), 31));
  } else {
    x = vqrdmulhq_s32(x, multiplier);
    if constexpr (kScaling == Scaling::kRight) x = vqaddq_s32(x, vshrq_n_s32(x, 31));
  }
  return vrshlq_s32(x, shift);
}

// From the sums of a layer's channels to its outputs.
struct Requantizer {
  ChannelConstants constants;
  Scaling scaling;
  OutputS8 output;

  Requantizer(const uint8_t* prepared, int32_t channels, const OutputS8& output);

  // Outputs of `count` channels from `first` on, of 1, 2 or 4 pixels: channel first + c of pixel
  // p comes from sums[c * pixels + p] and goes to out[p * stride + c]. Sums up to the next
  // multiple of four channels are read.
  void Finish(const int32_t* sums, int32_t pixels, int32_t first, int32_t count, int8_t* out,
              std::ptrdiff_t stride) const;
};

}  // namespace moonlet::mve
