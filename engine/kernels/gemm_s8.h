// engine/kernels/gemm_s8.h - CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV as one thing: products
// of patches, one for each pixel of the output, with packed filters.
//
// A layer falls into parts that are convolutions of their own: one, but the phases of a
// TRANSPOSE_CONV are output pixels whose positions have the same remainder by the stride and so
// the same taps of the filter. A patch is made of runs, pieces of one length that lie together in
// the image: the taps of one filter row, if neither dilation nor groups tear them apart, or the
// channels of one tap. Kernels walk the runs in a panel: a copy of the pixels that some outputs
// need, in the format they multiply, with zero points around. An element is copied once and read
// by every bundle of channels, so that converting it there is cheap.
//
// Prepared memory holds for each part and group of its channels the ChannelBlocks, then the
// weights in bundles of at most kBundleBlocks blocks: for each run, for each 4 elements of it, for
// each block of the bundle, for each of its 16 channels, 4 weights. Where there are fewer the
// rest are 0. Every machine packs alike, but for the biases.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/conv.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/requantize_factors.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/window.h"

namespace moonlet {

inline constexpr int32_t kBundleBlocks = 4;
inline constexpr int32_t kBundleChannels = kBundleBlocks * kChannelBlock;
inline constexpr int32_t kQuad = 4;  // elements of a run that are multiplied together
inline constexpr std::ptrdiff_t kWidestVector = 64;  // bytes

struct GemmPart {
  // From the part's pixels to the input.
  Axis y;
  Axis x;
  // Of the input and of the output, all and those of one group.
  int32_t in_channels = 0;
  int32_t out_channels = 0;
  int32_t groups = 1;
  int32_t group_inputs = 0;
  int32_t group_outputs = 0;
  // Where its pixels are in the output: the first, and the distance to the next.
  int32_t out_y = 0;
  int32_t out_x = 0;
  int32_t out_step_y = 1;
  int32_t out_step_x = 1;
  // Which taps of the filter its rows and columns are: the first, and the distance to the next.
  int32_t tap_y = 0;
  int32_t tap_x = 0;
  int32_t tap_step_y = 1;
  int32_t tap_step_x = 1;
  // Whether patches as wide as the image may be one run. What is packed must not depend on where
  // the pixels of a part begin.
  bool whole_rows_join = true;

  [[gnu::always_inline]] int32_t blocks() const {
    return (group_outputs + kChannelBlock - 1) / kChannelBlock;
  }
};

// The runs of a part's patches: row by row of the filter, then from left to right.
struct GemmRuns {
  int32_t rows;
  int32_t columns;
  std::ptrdiff_t size;

  [[gnu::always_inline]] explicit GemmRuns(const GemmPart& part) {
    rows = part.y.kernel;
    columns = part.x.kernel;
    size = part.group_inputs;
    if (part.groups > 1 || part.x.dilation > 1) return;
    size *= columns;
    columns = 1;
    const bool whole_rows = part.whole_rows_join && part.x.kernel == part.x.input &&
                            part.x.pad == 0 && part.x.output == 1 && part.y.dilation == 1;
    if (!whole_rows) return;
    size *= rows;
    rows = 1;
  }
  [[gnu::always_inline]] std::ptrdiff_t run_quads() const { return (size + kQuad - 1) / kQuad; }
  [[gnu::always_inline]] std::ptrdiff_t quads() const {
    return std::ptrdiff_t{rows} * columns * run_quads();
  }
};

// Of prepared memory, for one group of a part.
[[gnu::always_inline]] inline std::ptrdiff_t GemmGroupBytes(const GemmPart& part) {
  return part.blocks() * (static_cast<std::ptrdiff_t>(sizeof(ChannelBlock)) +
                          GemmRuns(part).quads() * kQuad * kChannelBlock);
}

[[gnu::always_inline]] inline std::ptrdiff_t GemmPartBytes(const GemmPart& part) {
  return part.groups * GemmGroupBytes(part);
}

// Input positions from the first tap of the first of `pixels` to the last of the last.
[[gnu::always_inline]] inline std::ptrdiff_t GemmReach(const Axis& axis, int32_t pixels) {
  if (axis.kernel == 0) return 0;
  return std::ptrdiff_t{pixels - 1} * axis.stride +
         std::ptrdiff_t{axis.kernel - 1} * axis.dilation + 1;
}

// How many output pixels share a panel: some columns of one row, or whole rows.
struct GemmPanel {
  int32_t rows;
  int32_t columns;
  std::ptrdiff_t row_size;  // elements from one row to the next
  std::ptrdiff_t size;      // elements, with room for what copies and runs have beyond the end
};
GemmPanel MakeGemmPanel(const GemmPart& part);

struct GemmLayer {
  int32_t batches = 1;
  int32_t in_channels = 0;
  int32_t out_height = 1;
  int32_t out_width = 1;
  int32_t out_channels = 0;
  int32_t input_zero = 0;
  int32_t filter_zero = 0;
  OutputS8 output;
  // The window as the operator has it.
  Axis y;
  Axis x;
  int32_t groups = 1;
  bool transposed = false;
  // So many neighbours of an output row are computed as one pixel with as many times the channels,
  // so that a few channels fill a vector. Its filter is wider: it has what each of them needs,
  // `joined_step` apart, and zeros beside it.
  int32_t joined = 1;
  int32_t joined_step = 0;

  // Parts with the same taps share a slot of what is prepared: slot (y, x) has, of a
  // TRANSPOSE_CONV, the taps with those remainders by the stride, or none.
  int32_t Slots(const Axis& window) const;
  // The first pixel, at least `from`, with which a part of that slot begins; the end if none does.
  int32_t FirstPixel(const Axis& window, int32_t slot, int32_t from) const;
  int32_t EndOfFirstPixels(const Axis& window) const;
  GemmPart Part(int32_t slot_y, int32_t slot_x, int32_t first_y, int32_t first_x) const;
};
GemmLayer MakeGemmLayer(const ConvS8Params& p);
GemmLayer MakeGemmLayer(const FullyConnectedS8Params& p);
GemmLayer MakeGemmLayer(const TransposeConvS8Params& p);

size_t GemmPreparedBytes(const GemmLayer& layer);
// `raise` is what the kernel adds to each input before it multiplies.
void PrepareGemm(const GemmLayer& layer, const FilterS8& filter, int32_t raise, uint8_t* prepared);
// A panel of elements of so many bytes.
size_t GemmScratchBytes(const GemmLayer& layer, size_t element_bytes);

#if defined(__x86_64__)
namespace avx2 {
extern const FilterKernelS8<ConvS8Params> kConvS8;
extern const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8;
extern const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8;
}  // namespace avx2
namespace avx512vnni {
extern const FilterKernelS8<ConvS8Params> kConvS8;
extern const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8;
extern const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8;
}  // namespace avx512vnni
namespace amx {
extern const FilterKernelS8<ConvS8Params> kConvS8;
extern const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8;
// These where a layer pays for its tiles, else those of avx512vnni.
extern const FilterKernelS8<ConvS8Params> kBestConvS8;
extern const FilterKernelS8<TransposeConvS8Params> kBestTransposeConvS8;
}  // namespace amx
#endif

}  // namespace moonlet
