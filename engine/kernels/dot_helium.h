// engine/kernels/dot_helium.h - vectors of int8 times rows of int8 with Helium: what pointwise and
// gathered convolutions and FULLY_CONNECTED are made of.
//
//   const LayerPart part = {weights, stride, depth, 0, channels, requantizer};
//   FinishPixels(part, x, 2, nullptr, out, channels);   // two pixels, all their channels
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/requantize_helium.h"

namespace moonlet::mve {

// Neighbouring output channels that read the same inputs: channel c's filter is the `depth`
// bytes at `weights` + c * `stride`.
struct LayerPart {
  const int8_t* weights;
  std::ptrdiff_t stride;
  std::ptrdiff_t depth;
  int32_t first;  // of the layer's channels
  int32_t channels;
  Requantizer requantizer;
};

// How many of `left` pixels come next.
inline int32_t NextPixels(std::ptrdiff_t depth, int32_t left) {
  const int32_t most = device::PixelsAtOnce(depth);
  return left >= most ? most : left >= 2 ? 2 : 1;
}

// The outputs of `pixels` (1, 2 or 4), whose inputs are at x[p]; those of pixel p go to
// out + p * stride. `terms`, where there are any, are added to all sums of a pixel. Takes 1 KiB
// of stack.
void FinishPixels(const LayerPart& part, const int8_t* const* x, int32_t pixels,
                  const int32_t* terms, int8_t* out, std::ptrdiff_t stride);

}  // namespace moonlet::mve
