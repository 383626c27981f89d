#include "engine/kernels/mul.h"

#include <algorithm>

#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"

namespace moonlet {
namespace {

// output = op(a, b) for every pair of elements.
template <typename T, typename Op>
bool ForEachPair(const BroadcastPair& shape, const T* a, const T* b, T* output,
                 const StopToken& stop, Op op) {
  const auto run = [&](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = op(*x, *y);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

}  // namespace

bool MakeMulScale(float scale_a, float scale_b, float scale_output, Multiplier* m) {
  return MakeMultiplier(double{scale_a} * double{scale_b} / double{scale_output}, m);
}

bool MulS8(const MulS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  const auto loop = BestIntegerLoops().multiply_s8;
  return ForEachPairRun(shape, a, b, output, stop, [&](const PairRunS8& run) { loop(p, run); });
}

bool MulS16(const MulS16Params& p, const BroadcastPair& shape, const int16_t* a, const int16_t* b,
            int16_t* output, const StopToken& stop) {
  return ForEachPair(shape, a, b, output, stop, [&](int16_t x, int16_t y) {
    return scalar::FinishS16(int32_t{x} * y, p.scale, p.output);
  });
}

bool MulS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a, const int32_t* b,
            int32_t* output, const StopToken& stop) {
  return ForEachPair(shape, a, b, output, stop, [&](int32_t x, int32_t y) {
    return std::clamp(WrapMul(x, y), range.min, range.max);
  });
}

bool MulF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  return ForEachPair(shape, a, b, output, stop,
                     [&](float x, float y) { return Clamp(x * y, range); });
}

}  // namespace moonlet
