// engine/kernels/transpose_conv.h - TRANSPOSE_CONV: each input pixel spreads over the outputs
// below its filter, as if a convolution ran backwards. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
//
// The window is that convolution's, from our output to our input: window.y.input is the
// output's height. Filters are [out_channels, y.kernel, x.kernel, in_channels].
#pragma once
#include <cstdint>

#include "engine/base/isa.h"
#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/filter_s8.h"
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

// Of int8, sum of w * (x - input_zero) in wrapping int32, + bias, rescaled, + output zero,
// clamped: TransposeConvS8Kernel below. The same of int16 in int64. Bias is int64_t or int16_t.
template <typename Bias>
[[nodiscard]] bool TransposeConvS16(const TransposeConvS16Params& p, const int16_t* input,
                                    const int8_t* filter, Unaligned<Bias> bias,
                                    ChannelScales scales, int16_t* output, const StopToken& stop);

struct TransposeConvF32Params {
  Window window;
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  RangeF32 range;
};
// One chain per output from +0: fma(x, w, sum) in the order input row, column, channel; then
// + bias, clamped.
[[nodiscard]] bool TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                                    Unaligned<float> filter, Unaligned<float> bias, float* output,
                                    const StopToken& stop);

// The inputs [first, last) of one axis whose filter covers output position `at`: input i
// does so with tap at + pad - i * stride.
struct TransposeSources {
  int32_t first;
  int32_t last;

  // Inlined everywhere, because files compiled for other instruction sets use it.
  [[gnu::always_inline]] TransposeSources(const Axis& axis, int32_t at) {
    const int32_t before = at + axis.pad - (axis.kernel - 1);
    const int32_t end = (at + axis.pad) / axis.stride + 1;
    first = before > 0 ? (before + axis.stride - 1) / axis.stride : 0;
    last = end < axis.output ? end : axis.output;
  }
};

// The kernel for int8 at that level of the host's instruction sets, or the best below it; on a
// device the one there is.
const FilterKernelS8<TransposeConvS8Params>& TransposeConvS8Kernel(Isa isa = HostIsa());
// The kernel of a device, which a host prepares for.
const FilterKernelS8<TransposeConvS8Params>& DeviceTransposeConvS8Kernel();

inline int32_t OutputChannels(const TransposeConvS16Params& p) { return p.out_channels; }

namespace scalar {
[[nodiscard]] bool TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input,
                                   const int8_t* filter, Unaligned<int32_t> bias,
                                   ChannelScales scales, int8_t* output, const StopToken& stop);
extern const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8;
[[nodiscard]] bool TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                                    Unaligned<float> filter, Unaligned<float> bias, float* output,
                                    const StopToken& stop);
}  // namespace scalar
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
[[nodiscard]] bool TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                                    Unaligned<float> filter, Unaligned<float> bias, float* output,
                                    const StopToken& stop);
}  // namespace scalar_fma
namespace avx2 {
[[nodiscard]] bool TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                                    Unaligned<float> filter, Unaligned<float> bias, float* output,
                                    const StopToken& stop);
}  // namespace avx2
namespace avx512 {
[[nodiscard]] bool TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                                    Unaligned<float> filter, Unaligned<float> bias, float* output,
                                    const StopToken& stop);
}  // namespace avx512
#endif
}  // namespace moonlet
