// engine/kernels/resize.h - RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: an image {batches, y,
// x, channels} in another size. Raw values are mixed, whatever their scale. Stopping and
// FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct ResizeAxis {
  int32_t input = 1;
  int32_t output = 1;
};

struct ResizeParams {
  int32_t batches = 1;
  ResizeAxis y;
  ResizeAxis x;
  int32_t channels = 1;
  bool align_corners = false;  // the first and last pixels of both lie on each other
  bool half_pixels = false;    // a pixel stands for its middle
  int8_t unused[2] = {};
};

// Positions in steps of 1/1024, results rounded to nearest, ties away from zero.
[[nodiscard]] bool ResizeBilinearS8(const ResizeParams& p, const int8_t* input, int8_t* output,
                                    const StopToken& stop);
// The corners (y0, x0), (y1, x0), (y0, x1), (y1, x1) are added in this order, each value
// times its weight along y times that along x.
[[nodiscard]] bool ResizeBilinearF32(const ResizeParams& p, const float* input, float* output,
                                     const StopToken& stop);
// Copies pixels of `element_bytes` per channel; positions are float32.
[[nodiscard]] bool ResizeNearest(const ResizeParams& p, int32_t element_bytes, const uint8_t* input,
                                 uint8_t* output, const StopToken& stop);

// Four pixels and their weights, which are not negative and add up to 2^20.
struct PixelMixS8 {
  const int8_t* corners[4];
  int32_t weights[4];
  int32_t channels;
};

namespace scalar {  // the inner loop (integer_loops.h)
// The weighted mean, rounded to nearest, ties away from zero.
void MixPixels(const PixelMixS8& mix, int8_t* output);
}  // namespace scalar
}  // namespace moonlet
