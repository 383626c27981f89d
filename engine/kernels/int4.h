// engine/kernels/int4.h - numbers of 4 bits, two to a byte, the first in the low half. Stopping
// as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

// n values, -8 .. 7, from (n + 1) / 2 bytes.
[[nodiscard]] bool UnpackInt4(const uint8_t* packed, size_t n, int8_t* values,
                              const StopToken& stop);

}  // namespace moonlet
