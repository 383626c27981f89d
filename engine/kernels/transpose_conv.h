// engine/kernels/transpose_conv.h - TRANSPOSE_CONV: each input pixel spreads over the outputs
// below its filter, as if a convolution ran backwards. Stopping as engine/kernels/conv.h says.
//
// The window is that convolution's, from our output to our input: window.y.input is the
// output's height. Filters are [out_channels, y.kernel, x.kernel, in_channels].
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/unaligned.h"
#include "engine/kernels/window.h"

namespace moonlet {

// Output is OutputS8 or OutputS16.
template <typename Output>
struct TransposeConvParams {
  Window window;  // dilations are 1
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  int16_t input_zero = 0;
  Output output;
};
using TransposeConvS8Params = TransposeConvParams<OutputS8>;
using TransposeConvS16Params = TransposeConvParams<OutputS16>;  // both zero points are 0

// sum of w * (x - input_zero) in wrapping int32, + bias, rescaled, + output zero, clamped.
[[nodiscard]] bool TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input,
                                   const int8_t* filter, Unaligned<int32_t> bias,
                                   ChannelScales scales, int8_t* output, const StopToken& stop);
// The same in int64. Bias is int64_t or int16_t.
template <typename Bias>
[[nodiscard]] bool TransposeConvS16(const TransposeConvS16Params& p, const int16_t* input,
                                    const int8_t* filter, Unaligned<Bias> bias,
                                    ChannelScales scales, int16_t* output, const StopToken& stop);

}  // namespace moonlet
