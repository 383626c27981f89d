// engine/kernels/pad.h - PAD and PADV2: the input inside a border of one value. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/strided_copy.h"

namespace moonlet {

struct PadParams {
  StridedCopy inside;
  int32_t first = 0;         // byte of the output where the input's first element goes
  int32_t output_bytes = 0;  // below 2 GiB
};

// T is int8_t, int16_t, int32_t or float; `value` fills the border.
template <typename T>
[[nodiscard]] bool Pad(const PadParams& p, const T* input, T value, T* output,
                       const StopToken& stop);

}  // namespace moonlet
