// engine/kernels/arg_extreme.h - ARG_MAX and ARG_MIN: where along an axis the largest, or
// smallest, element stands, the first of several. A NaN is never put in place of another
// element, nor another in place of a NaN that comes first. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

// The input is {outer, length, inner}, the output {outer, inner}.
struct ArgExtremeParams {
  int32_t outer = 0;
  int32_t length = 0;
  int32_t inner = 0;
  bool smallest = false;
  bool wide = false;  // int64 positions, else int32
  int8_t unused[2] = {};
};

// T is float, int8_t, uint8_t, int16_t or int32_t.
template <typename T>
[[nodiscard]] bool ArgExtreme(const ArgExtremeParams& p, const T* input, uint8_t* output,
                              const StopToken& stop);

}  // namespace moonlet
