// engine/kernels/wide_finish.h - from int64 sums of some neighbouring channels to int16 outputs:
// what ends operators with int16 activations.
#pragma once
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

// Channels finished together: loops read so many sums, those behind the last too.
inline constexpr int32_t kWideChannels = 16;

// sum + bias, wrapping, RescaleWide, + the output's zero point, clamped.
struct WideFinish {
  int64_t bias[kWideChannels];
  Multiplier scale[kWideChannels];
  // The same factors as RescaleWide sees them, where all channels shift right: sum * factor,
  // rounded, >> shift.
  int32_t factor[kWideChannels];
  int32_t shift[kWideChannels];
  bool plain;  // factors are at least 0 and shifts 1 and up
  OutputS16 output;
};

// Of `count` channels from `c` on. Bias is int64_t or int16_t.
template <typename Bias>
WideFinish MakeWideFinish(Unaligned<Bias> bias, const ChannelScales& scales, int32_t c,
                          int32_t count, const OutputS16& output);

namespace scalar {  // the inner loop (integer_loops.h)
void FinishWide(const WideFinish& f, const int64_t* sums, int32_t n, int16_t* output);
}  // namespace scalar
}  // namespace moonlet
