#include "engine/kernels/extremes.h"

#include "engine/kernels/broadcast_run.h"

namespace moonlet {

template <typename T>
bool Maximum(const BroadcastPair& shape, const T* a, const T* b, T* output, const StopToken& stop) {
  const auto larger = [](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                         int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = *x > *y ? *x : *y;
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, larger);
}

template <typename T>
bool Minimum(const BroadcastPair& shape, const T* a, const T* b, T* output, const StopToken& stop) {
  const auto smaller = [](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                          int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = *x < *y ? *x : *y;
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, smaller);
}

template bool Maximum(const BroadcastPair&, const int8_t*, const int8_t*, int8_t*,
                      const StopToken&);
template bool Maximum(const BroadcastPair&, const int16_t*, const int16_t*, int16_t*,
                      const StopToken&);
template bool Maximum(const BroadcastPair&, const int32_t*, const int32_t*, int32_t*,
                      const StopToken&);
template bool Maximum(const BroadcastPair&, const int64_t*, const int64_t*, int64_t*,
                      const StopToken&);
template bool Maximum(const BroadcastPair&, const float*, const float*, float*, const StopToken&);
template bool Minimum(const BroadcastPair&, const int8_t*, const int8_t*, int8_t*,
                      const StopToken&);
template bool Minimum(const BroadcastPair&, const int16_t*, const int16_t*, int16_t*,
                      const StopToken&);
template bool Minimum(const BroadcastPair&, const int32_t*, const int32_t*, int32_t*,
                      const StopToken&);
template bool Minimum(const BroadcastPair&, const int64_t*, const int64_t*, int64_t*,
                      const StopToken&);
template bool Minimum(const BroadcastPair&, const float*, const float*, float*, const StopToken&);

}  // namespace moonlet
