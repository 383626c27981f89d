// engine/kernels/lanes.h - the fixed order of float32 reductions: 16 lanes, element i in
// lane i % 16, then halves added. The same bits on every target, whatever the width of
// its registers. For the scalar kernels of inference.
#pragma once
#include <cstddef>

#include "engine/kernels/fma.h"

namespace moonlet::scalar {

inline constexpr int kLanes = 16;

// The sum of 16 lanes; overwrites them.
MOONLET_INLINE float SumLanes(float* lanes) {
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) lanes[j] += lanes[j + half];
  return lanes[0];
}

}  // namespace moonlet::scalar
