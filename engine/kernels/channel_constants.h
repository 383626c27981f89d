// engine/kernels/channel_constants.h - what a device derives of a filter once: per output
// channel a bias into which the input's zero point is folded, a multiplier and a shift.
//
// sum of w * (x - zero) + bias = sum of w * x + (bias - zero * sum of w), all of it modulo 2^32;
// taps outside the image count as if the input were the zero point there. The layout is three
// arrays one after another, the same on host and device, so that a ROM image can hold it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/filter_s8.h"

namespace moonlet {

// Raise it with every change of what the kernels of devices prepare, which is this and what some
// have behind it: what an older host prepared is left alone then.
inline constexpr uint32_t kChannelConstantsVersion = 2;

class ChannelConstants {
 public:
  [[gnu::always_inline]] ChannelConstants(const uint8_t* prepared, int32_t channels)
      : bias_(reinterpret_cast<const int32_t*>(prepared)),
        multiplier_(bias_ + channels),
        shift_(reinterpret_cast<const int8_t*>(multiplier_ + channels)) {}

  static constexpr size_t Bytes(int32_t channels) { return static_cast<size_t>(channels) * 9; }

  [[gnu::always_inline]] const int32_t* bias() const { return bias_; }
  [[gnu::always_inline]] const int32_t* multiplier() const { return multiplier_; }
  [[gnu::always_inline]] const int8_t* shift() const { return shift_; }

 private:
  const int32_t* bias_;
  const int32_t* multiplier_;
  const int8_t* shift_;
};

// Where channel c of a filter has its weights: `count` of them, `step` apart, from c * `next` on.
struct ChannelWeights {
  std::ptrdiff_t count;
  std::ptrdiff_t step;
  std::ptrdiff_t next;
};
// Writes ChannelConstants::Bytes(channels) to `prepared`, which is aligned to 4. Weights with a
// zero point of their own contribute (w - weights_zero); what a kernel still has to subtract
// then is weights_zero * sum of x.
void MakeChannelConstants(const FilterS8& filter, int32_t channels, const ChannelWeights& at,
                          int32_t input_zero, int32_t weights_zero, uint8_t* prepared);

}  // namespace moonlet
