// engine/kernels/extremes.h - MAXIMUM and MINIMUM: the larger, or smaller, of two elements
// of tensors broadcast against each other. The output is row-major in the joint shape and
// may be the memory of an input that is not repeated. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"

namespace moonlet {

// a > b ? a : b, and a < b ? a : b: with a NaN it is b. T is int8_t, int16_t, int32_t,
// int64_t or float.
template <typename T>
[[nodiscard]] bool Maximum(const BroadcastPair& shape, const T* a, const T* b, T* output,
                           const StopToken& stop);
template <typename T>
[[nodiscard]] bool Minimum(const BroadcastPair& shape, const T* a, const T* b, T* output,
                           const StopToken& stop);

}  // namespace moonlet
