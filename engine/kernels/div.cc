#include "engine/kernels/div.h"

#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {
namespace {

int32_t Quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  return b == -1 ? WrapSub(0, a) : a / b;
}

}  // namespace

bool DivS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a, const int32_t* b,
            int32_t* output, const StopToken& stop) {
  const auto divide = [&](const int32_t* x, const int32_t* y, int32_t* out, int32_t count,
                          int32_t step_x, int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y)
      out[i] = std::clamp(Quotient(*x, *y), range.min, range.max);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, divide);
}

bool DivF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  const auto divide = [&](const float* x, const float* y, float* out, int32_t count, int32_t step_x,
                          int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = Clamp(*x / *y, range);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, divide);
}

}  // namespace moonlet
