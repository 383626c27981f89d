// engine/kernels/fully_connected.h - FULLY_CONNECTED: a matrix [outputs, depth] times
// each of `batches` vectors.
//
// `bias` holds `outputs` values or nothing. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/isa.h"
#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/hybrid.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

// Of int8, sum of (w - filter_zero) * (x - input_zero) in wrapping int32, + bias, rescaled,
// + output zero, clamped: FullyConnectedS8Kernel below.
struct FullyConnectedS8Params {
  int32_t batches = 1;
  int32_t depth = 0;
  int32_t outputs = 0;
  int16_t input_zero = 0;
  int16_t filter_zero = 0;  // 0 for a filter with one scale per output
  OutputS8 output;
  int16_t unused = 0;
};

struct FullyConnectedS16Params {
  int32_t batches = 1;
  int32_t depth = 0;
  int32_t outputs = 0;
  int16_t input_zero = 0;
  int16_t filter_zero = 0;
  OutputS16 output;
  int16_t unused = 0;
};
// The same for int16 activations; the accumulator is as wide as the bias. Sum is int32_t or
// int64_t.
template <typename Sum>
[[nodiscard]] bool FullyConnectedS16(const FullyConnectedS16Params& p, const int16_t* input,
                                     const int8_t* filter, Unaligned<Sum> bias,
                                     ChannelScales scales, int16_t* output, const StopToken& stop);

struct FullyConnectedHybridParams {
  FullyConnectedS8Params layer;  // without zero points and output
  RangeF32 range;
  bool asymmetric = false;
  int8_t unused[3] = {};
};
// The same for float32 vectors, each quantised to int8 (hybrid.h) in `row`, which holds one.
// Sums wrap and become float32; sum * (row scale * filter scale), + bias, is clamped.
[[nodiscard]] bool FullyConnectedHybrid(const FullyConnectedHybridParams& p, const float* input,
                                        const int8_t* filter, Unaligned<float> bias,
                                        FilterScales scales, int8_t* row, float* output,
                                        const StopToken& stop);

struct FullyConnectedF32Params {
  int32_t batches = 1;
  int32_t depth = 0;
  int32_t outputs = 0;
  RangeF32 range;
};
// Each output is an inner product in 16 lanes: element d goes to lane d % 16 by
// fma(x, w, lane) in ascending d from +0, the last step padded with zeros, then halves
// are added (8, 4, 2, 1); then + bias, clamped.
[[nodiscard]] bool FullyConnectedF32(const FullyConnectedF32Params& p, const float* input,
                                     Unaligned<float> filter, Unaligned<float> bias, float* output,
                                     const StopToken& stop);

// The kernel for int8 at that level of the host's instruction sets, or the best below it; on a
// device the one there is.
const FilterKernelS8<FullyConnectedS8Params>& FullyConnectedS8Kernel(Isa isa = HostIsa());
// The kernel of a device, which a host prepares for.
const FilterKernelS8<FullyConnectedS8Params>& DeviceFullyConnectedS8Kernel();

inline int32_t OutputChannels(const FullyConnectedS16Params& p) { return p.outputs; }

namespace scalar {
extern const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8;
[[nodiscard]] bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input,
                                    const int8_t* filter, Unaligned<int32_t> bias,
                                    ChannelScales scales, int8_t* output, const StopToken& stop);
}  // namespace scalar
}  // namespace moonlet
