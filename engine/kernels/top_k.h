// engine/kernels/top_k.h - TOPK_V2: the largest elements of each row, the largest first; of
// equal ones the first, and every NaN behind all numbers. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct TopKParams {
  int32_t rows = 0;
  int32_t length = 0;  // of a row
  int32_t k = 0;       // at least 1 and at most length
};

// T is float, int8_t, uint8_t, int16_t, int32_t or int64_t.
template <typename T>
[[nodiscard]] bool TopK(const TopKParams& p, const T* input, T* values, int32_t* positions,
                        const StopToken& stop);

}  // namespace moonlet
