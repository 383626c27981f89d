// engine/tensor/portable.h - elements as they leave the process: row-major, one NaN.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Copies the elements of `t` to `bytes`, room for t.bytes() of any alignment. Every NaN
// becomes the positive quiet one (0x7FC00000): which one an operation makes differs
// between machines.
Status CopyPortable(const Tensor& t, uint8_t* bytes, const StopToken& stop) noexcept;

}  // namespace moonlet
