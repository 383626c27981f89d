// engine/kernels/scatter_nd.h - SCATTER_ND: slices added, one after the other, to zeros where
// tuples of indices say. Sums of integers wrap. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/gather.h"

namespace moonlet {

struct ScatterNdParams {
  IndexTuple tuple;  // steps in elements of the output
  int32_t tuples = 0;
  int32_t slice = 0;     // elements
  int32_t elements = 0;  // of the output
};

// T is float, uint8_t, uint16_t, uint32_t or uint64_t; signed integers wrap alike. False when
// stopped, or at an outside index.
template <typename T>
[[nodiscard]] bool ScatterNd(const ScatterNdParams& p, const IntegerArray& indices,
                             const T* updates, T* output, const StopToken& stop,
                             OutsideIndex* outside);

}  // namespace moonlet
