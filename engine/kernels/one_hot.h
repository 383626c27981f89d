// engine/kernels/one_hot.h - ONE_HOT: an axis more, along which one position is on and all
// others are off. Stopping as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/integer_array.h"

namespace moonlet {

// The indices are {outer, inner}, the output is {outer, depth, inner}.
struct OneHotParams {
  int32_t outer = 0;
  int32_t depth = 0;
  int32_t inner = 0;
  int32_t element_bytes = 0;
};

// Everything is off where an index is not in 0 .. depth - 1. `on` and `off` hold one element.
[[nodiscard]] bool OneHot(const OneHotParams& p, const IntegerArray& indices, const uint8_t* on,
                          const uint8_t* off, uint8_t* output, const StopToken& stop);

}  // namespace moonlet
