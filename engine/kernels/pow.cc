#include "engine/kernels/pow.h"

#include "engine/base/libm.h"
#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {
namespace {

int32_t Power(int32_t a, int32_t b) {
  if (b < 0) {
    if (a == 1) return 1;
    if (a == -1) return b % 2 == 0 ? 1 : -1;
    return 0;
  }
  int32_t result = 1;
  for (; b > 0; b /= 2, a = WrapMul(a, a))
    if (b % 2 == 1) result = WrapMul(result, a);
  return result;
}

template <typename T, typename Op>
bool PowEach(const BroadcastPair& shape, const T* a, const T* b, T* output, const StopToken& stop,
             Op op) {
  const auto run = [&](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = op(*x, *y);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

}  // namespace

bool PowS32(const BroadcastPair& shape, const int32_t* a, const int32_t* b, int32_t* output,
            const StopToken& stop) {
  return PowEach(shape, a, b, output, stop, Power);
}

bool PowF32(const BroadcastPair& shape, const float* a, const float* b, float* output,
            const StopToken& stop) {
  return PowEach(shape, a, b, output, stop, [](float x, float y) {
    return static_cast<float>(moonlet_pow(double{x}, double{y}));
  });
}

}  // namespace moonlet
