// engine/kernels/depthwise.h - DEPTHWISE_CONV_2D: every input channel has filters of its
// own, `multiplier` of them.
//
// Filters are [y.kernel, x.kernel, channels * multiplier]; output channel
// c * multiplier + j reads input channel c. Otherwise as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/unaligned.h"
#include "engine/kernels/window.h"

namespace moonlet {

struct DepthwiseS8Params {
  Window window;
  int32_t channels = 0;    // of the input
  int32_t multiplier = 1;  // output channels per input channel
  int16_t input_zero = 0;
  OutputS8 output;
};
[[nodiscard]] bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input,
                               const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                               int8_t* output, const StopToken& stop);

struct DepthwiseF32Params {
  Window window;
  int32_t channels = 0;
  int32_t multiplier = 1;
  RangeF32 range;
};
// One chain per output from +0: fma(x, w, sum) in the order filter row, column.
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);

namespace scalar {
[[nodiscard]] bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input,
                               const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                               int8_t* output, const StopToken& stop);
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);
}  // namespace scalar
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);
}  // namespace scalar_fma
#endif
}  // namespace moonlet
