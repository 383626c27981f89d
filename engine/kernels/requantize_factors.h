// engine/kernels/requantize_factors.h - the factors of 16 output channels as the vector kernels
// keep them in prepared memory (requantize_avx512.h, requantize_avx2.h).
#pragma once
#include <cstdint>

#include "engine/kernels/fixed_point.h"

namespace moonlet {

// Channels that vector kernels prepare together: the int32 lanes of the widest vector.
inline constexpr int32_t kChannelBlock = 16;

// What follows the sum of products: it starts at `bias`, and Rescale by the channel's factor ends
// it. Where there are fewer channels the rest have zeros and a shift of -1.
struct ChannelBlock {
  int32_t bias[kChannelBlock];
  int32_t multiplier[kChannelBlock];
  int32_t shift[kChannelBlock];  // -31..31
};

// The same factor with a shift that a block can hold: one that leaves nothing of 32 bits becomes
// the factor 0, and 0 has the shift that costs least.
Multiplier BlockMultiplier(Multiplier m);

}  // namespace moonlet
