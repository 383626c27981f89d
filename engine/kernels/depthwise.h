// engine/kernels/depthwise.h - DEPTHWISE_CONV_2D: every input channel has filters of its
// own, `multiplier` of them.
//
// Filters are [y.kernel, x.kernel, channels * multiplier]; output channel
// c * multiplier + j reads input channel c. Otherwise as engine/kernels/conv.h says.
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

// Of int8, as conv.h says: DepthwiseS8Kernel below.
struct DepthwiseS8Params {
  Window window;
  int32_t channels = 0;    // of the input
  int32_t multiplier = 1;  // output channels per input channel
  int16_t input_zero = 0;
  OutputS8 output;
};

struct DepthwiseS16Params {
  Window window;
  int32_t channels = 0;
  int32_t multiplier = 1;
  OutputS16 output;  // its zero point is 0
  int16_t unused = 0;
};
// The same for int16 activations, which have no zero point; sums are int64.
[[nodiscard]] bool DepthwiseS16(const DepthwiseS16Params& p, const int16_t* input,
                                const int8_t* filter, Unaligned<int64_t> bias, ChannelScales scales,
                                int16_t* output, const StopToken& stop);

struct DepthwiseHybridParams {
  DepthwiseS8Params depthwise;  // without input_zero and output
  RangeF32 range;
};
// The same for float32 images, each quantised to int8, asymmetric (hybrid.h), in `image`, which
// holds one. sum * (filter scale * image scale) + bias, clamped.
[[nodiscard]] bool DepthwiseHybrid(const DepthwiseHybridParams& p, const float* input,
                                   const int8_t* filter, Unaligned<float> bias, FilterScales scales,
                                   int8_t* image, float* output, const StopToken& stop);

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

// The kernel for int8 at that level of the host's instruction sets, or the best below it; on a
// device the one there is.
const FilterKernelS8<DepthwiseS8Params>& DepthwiseS8Kernel(Isa isa = HostIsa());
// The kernel of a device, which a host prepares for.
const FilterKernelS8<DepthwiseS8Params>& DeviceDepthwiseS8Kernel();

inline int32_t OutputChannels(const DepthwiseS16Params& p) { return p.channels * p.multiplier; }

namespace scalar {
extern const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8;
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
namespace avx2 {
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);
}  // namespace avx2
namespace avx512 {
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);
}  // namespace avx512
#elif defined(__ARM_FEATURE_MVE)
namespace mve {
[[nodiscard]] bool DepthwiseF32(const DepthwiseF32Params& p, const float* input,
                                Unaligned<float> filter, Unaligned<float> bias, float* output,
                                const StopToken& stop);
}  // namespace mve
#endif
}  // namespace moonlet
