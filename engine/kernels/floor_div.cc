#include "engine/kernels/floor_div.h"

#include <cmath>

#include "engine/base/libm.h"
#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/each_element.h"
#include "engine/kernels/float_bits.h"

namespace moonlet {
namespace {

// Software that converts to double does not know the mode.
double Widened(float x) { return double{Flushed(x)}; }

float FloorQuotient(float a, float b) {
  return static_cast<float>(std::floor(Widened(a) / Widened(b)));
}

// A remainder of two floats is a float.
float FloorRemainder(float a, float b) {
  const float rest = Flushed(static_cast<float>(moonlet_fmod(Widened(a), Widened(b))));
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

template <float (*kOp)(float, float)>
bool ForEachPairOfFloats(const BroadcastPair& shape, const float* a, const float* b, float* output,
                         const StopToken& stop) {
  const auto run = [](const float* x, const float* y, float* out, int32_t count, int32_t step_x,
                      int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = kOp(*x, *y);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

}  // namespace

bool FloorDivF32(const BroadcastPair& shape, const float* a, const float* b, float* output,
                 const StopToken& stop) {
  return ForEachPairOfFloats<FloorQuotient>(shape, a, b, output, stop);
}

bool FloorModF32(const BroadcastPair& shape, const float* a, const float* b, float* output,
                 const StopToken& stop) {
  return ForEachPairOfFloats<FloorRemainder>(shape, a, b, output, stop);
}

bool NoneIsZero(const float* x, size_t n, const StopToken& stop) {
  bool none = true;
  const bool finished = ForEachPiece(n, stop, [&](size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) none &= Flushed(x[i]) != 0;
  });
  return finished && none;
}

}  // namespace moonlet
