// engine/kernels/window.h - how a filter slides over an image: sizes, strides, padding.
//
// Images are NHWC, row-major. Tap t of output position o reads the input at
// o * stride - pad + t * dilation; taps outside the image do not count.
#pragma once
#include <cstdint>

namespace moonlet {

enum class Padding : uint8_t { kSame, kValid };  // numbered as in the .tflite schema

// One axis. All positions, padding included, fit int32 (MakeAxis checks).
struct Axis {
  int32_t input = 0;
  int32_t output = 0;
  int32_t kernel = 1;
  int32_t stride = 1;
  int32_t dilation = 1;
  int32_t pad = 0;  // before the first element; the odd one goes after the last

  // The taps [first, last) of output position `o` that lie inside, and the input
  // position of tap 0, which may be negative.
  struct Taps {
    int32_t origin;
    int32_t first;
    int32_t last;
  };
  // Inlined everywhere, because files compiled for other instruction sets use it.
  [[gnu::always_inline]] Taps TapsAt(int32_t o) const {
    const int32_t origin = o * stride - pad;
    const int32_t first = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    int32_t last = first;
    if (origin < input) {
      const int32_t end = (input - origin + dilation - 1) / dilation;
      last = end < kernel ? end : kernel;
    }
    return {origin, first, last < first ? first : last};
  }
};

// The axis of an input under a filter, output size and padding computed. False when a
// size, stride or dilation is below 1, the filter does not fit once (kValid), or the
// positions do not fit int32.
[[nodiscard]] bool MakeAxis(Padding padding, int32_t input, int32_t kernel, int32_t stride,
                            int32_t dilation, Axis* axis);

struct Window {
  int32_t batches = 1;
  Axis y;
  Axis x;
};

}  // namespace moonlet
