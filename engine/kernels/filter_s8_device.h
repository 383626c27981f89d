// engine/kernels/filter_s8_device.h - the int8 kernels with a filter of a device: what they
// prepare is ChannelConstants, the weights stay where they lie in the file.
//
// `prepared_bytes`, `prepare` and `scratch_bytes` are the same on every machine. What runs is
// whole files for one instruction set, and where there is none of them a plain loop that reads
// the same constants.
#pragma once
#include "engine/kernels/channel_constants.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/transpose_conv.h"

namespace moonlet {
namespace device {

extern const FilterKernelS8<ConvS8Params> kConvS8;
extern const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8;
extern const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8;
extern const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8;

// sum of w * x; outside the image, where x is null, x is `zero` everywhere.
inline int32_t RawDot(const int8_t* x, int32_t zero, const int8_t* w, std::ptrdiff_t n) {
  if (x != nullptr) return scalar::OffsetDot(x, 0, w, 0, n);
  int32_t sum = 0;
  for (std::ptrdiff_t i = 0; i < n; ++i) sum = WrapAdd(sum, w[i]);
  return WrapMul(zero, sum);
}

// From a sum with the channel's bias in it to the output.
inline int8_t FinishChannel(int32_t sum, const ChannelConstants& constants, int32_t c,
                            const OutputS8& output) {
  return scalar::FinishS8(sum, {constants.multiplier()[c], constants.shift()[c]}, output);
}

// Of pixels whose inputs are `depth` bytes, how many a run takes at once.
inline constexpr int32_t kMostPixels = 4;
inline constexpr int32_t PixelsAtOnce(std::ptrdiff_t depth) { return depth <= 16 ? 4 : 2; }

// True if every tap lies inside the image.
bool IsInside(const Window& window);
// True if a pixel's inputs are not one run of the image's memory: they are gathered in scratch.
bool IsGathered(const ConvS8Params& p);

// True if a layer's windows are 3 x 3, or a few neighbours in an image of one row, so that they
// are collected in scratch: of 16 channels, 64 bytes per column of four inputs. A row of 3 x 3
// windows has at most so many columns, and some that no output needs.
bool HasWindows(const DepthwiseS8Params& p);
// The axis along which those in one row lie.
inline const Axis& RowAxis(const DepthwiseS8Params& p) {
  return p.window.x.input == 1 && p.window.x.kernel == 1 ? p.window.y : p.window.x;
}
inline constexpr int32_t kSquareColumns = 48;

}  // namespace device

#if defined(__ARM_FEATURE_MVE)
namespace mve {
// FilterKernelS8::run of the kernels above. All of an output is the first share's.
bool ConvS8(const ConvS8Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
            Share share, const StopToken& stop);
bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input, const LayerS8& layer,
                 int8_t* output, Share share, const StopToken& stop);
bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input, const LayerS8& layer,
                      int8_t* output, Share share, const StopToken& stop);
bool TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input, const LayerS8& layer,
                     int8_t* output, Share share, const StopToken& stop);
}  // namespace mve
#endif
}  // namespace moonlet
