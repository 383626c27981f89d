// engine/kernels/conv.h - CONV_2D: each output channel is an inner product of its filter
// with the patch of the image below it.
//
//   ConvS8Params p = {.window = {1, y, x}, .in_channels = 3, ...};   // at set-up
//   bool finished = ConvS8Kernel().run(p, input, layer, output, {}, stop);  // filter_s8.h
//
// Filters are [out_channels, y.kernel, x.kernel, in_channels / groups]; output channel c
// reads input group c / (out_channels / groups). `bias` holds out_channels values or
// nothing. Kernels trust their parameters, allocate nothing, and return false when the
// StopToken ended them early, the output then unspecified. For float kernels the caller
// holds a FlushDenormals.
#pragma once
#include <cstdint>

#include "engine/base/isa.h"
#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/hybrid.h"
#include "engine/kernels/unaligned.h"
#include "engine/kernels/window.h"

namespace moonlet {

// Of int8, sum of w * (x - input_zero) in wrapping int32, + bias, rescaled, + output zero,
// clamped: ConvS8Kernel below.
struct ConvS8Params {
  Window window;
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  int32_t groups = 1;  // divides both
  int16_t input_zero = 0;
  OutputS8 output;
};

struct ConvHybridParams {
  ConvS8Params conv;  // without input_zero and output
  RangeF32 range;
  bool asymmetric = false;
  int8_t unused[3] = {};
};
// The same for float32 images, each quantised to int8 (hybrid.h) in `image`, which holds one.
// Sums wrap, become float32, and sum * (image scale * filter scale), asymmetric
// sum * filter scale * image scale, + bias, is clamped.
[[nodiscard]] bool ConvHybrid(const ConvHybridParams& p, const float* input, const int8_t* filter,
                              Unaligned<float> bias, FilterScales scales, int8_t* image,
                              float* output, const StopToken& stop);

struct ConvS16Params {
  Window window;
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  int32_t groups = 1;
  OutputS16 output;  // its zero point is 0
  int16_t unused = 0;
};
// The same for int16 activations, which have no zero point; the accumulator is as wide as
// the bias. Sum is int32_t or int64_t.
template <typename Sum>
[[nodiscard]] bool ConvS16(const ConvS16Params& p, const int16_t* input, const int8_t* filter,
                           Unaligned<Sum> bias, ChannelScales scales, int16_t* output,
                           const StopToken& stop);

struct ConvF32Params {
  Window window;
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  int32_t groups = 1;
  RangeF32 range;
};
// One chain per output from +0: fma(x, w, sum) in the order filter row, column, input
// channel, taps outside the image left out; then + bias, clamped.
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);

// The kernel for int8 at that level of the host's instruction sets, or the best below it; on a
// device the one there is.
const FilterKernelS8<ConvS8Params>& ConvS8Kernel(Isa isa = HostIsa());
// The kernel of a device, which a host prepares for.
const FilterKernelS8<ConvS8Params>& DeviceConvS8Kernel();

inline int32_t OutputChannels(const ConvS16Params& p) { return p.out_channels; }

namespace scalar {
extern const FilterKernelS8<ConvS8Params> kConvS8;
[[nodiscard]] bool ConvS8(const ConvS8Params& p, const int8_t* input, const int8_t* filter,
                          Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                          const StopToken& stop);
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);
}  // namespace scalar
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);
}  // namespace scalar_fma
namespace avx2 {
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);
}  // namespace avx2
namespace avx512 {
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);
}  // namespace avx512
#elif defined(__ARM_FEATURE_MVE)
namespace mve {
[[nodiscard]] bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                           Unaligned<float> bias, float* output, const StopToken& stop);
}  // namespace mve
#endif
}  // namespace moonlet
