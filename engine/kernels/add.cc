#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/base/isa.h"
#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/integer_loops.h"

namespace moonlet {
namespace {

template <typename Combine>
bool Clamped(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
             float* output, const StopToken& stop, Combine combine) {
  const auto run = [&](const float* x, const float* y, float* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y)
      out[i] = Clamp(combine(*x, *y), range);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

// Twice the larger scale is the common one: a sum of two cannot leave int32.
template <typename Real>
bool MakeScales(Real a, Real b, Real output, int head_room, AddScales* scales) {
  const Real common = 2 * std::max(a, b);
  const Real steps = static_cast<Real>(1 << head_room) * output;
  return MakeMultiplierBelowOne(double{a / common}, &scales->a) &&
         MakeMultiplierBelowOne(double{b / common}, &scales->b) &&
         MakeMultiplierBelowOne(double{common / steps}, &scales->output);
}

// The one place that says which variant runs: one instruction set has a level of its own here.
decltype(IntegerLoops::add_s8) BestAddS8() {
#if defined(__x86_64__)
  if (HostHasVbmi()) return avx512vbmi::AddS8;
#endif
  return BestIntegerLoops().add_s8;
}

}  // namespace

bool MakeAddScales(float scale_a, float scale_b, float scale_output, int head_room,
                   AddScales* scales) {
  return MakeScales<double>(scale_a, scale_b, scale_output, head_room, scales);
}
bool MakeSubScales(float scale_a, float scale_b, float scale_output, int head_room,
                   AddScales* scales) {
  return MakeScales<float>(scale_a, scale_b, scale_output, head_room, scales);
}

bool AddS32(const BroadcastPair& shape, const int32_t* a, const int32_t* b, int32_t* output,
            const StopToken& stop) {
  const auto add = [](const int32_t* x, const int32_t* y, int32_t* out, int32_t count,
                      int32_t step_x, int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = WrapAdd(*x, *y);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, add);
}

bool AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  static const auto loop = BestAddS8();
  return ForEachPairRun(shape, a, b, output, stop, [&](const PairRunS8& run) { loop(p, run); });
}
bool AddS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a, const int16_t* b,
            int16_t* output, const StopToken& stop) {
  const auto loop = BestIntegerLoops().add_s16;
  return ForEachPairRun(shape, a, b, output, stop, [&](const PairRunS16& run) { loop(p, run); });
}
bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  return Clamped(range, shape, a, b, output, stop, [](float x, float y) { return x + y; });
}

bool SubS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  const auto loop = BestIntegerLoops().subtract_s8;
  return ForEachPairRun(shape, a, b, output, stop, [&](const PairRunS8& run) { loop(p, run); });
}
bool SubS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a, const int16_t* b,
            int16_t* output, const StopToken& stop) {
  const auto loop = BestIntegerLoops().subtract_s16;
  return ForEachPairRun(shape, a, b, output, stop, [&](const PairRunS16& run) { loop(p, run); });
}
bool SubS32(RangeS32 range, const BroadcastPair& shape, const int32_t* a, const int32_t* b,
            int32_t* output, const StopToken& stop) {
  const auto run = [range](const int32_t* x, const int32_t* y, int32_t* out, int32_t count,
                           int32_t step_x, int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y)
      out[i] = std::clamp(WrapSub(*x, *y), range.min, range.max);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

bool SubF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  return Clamped(range, shape, a, b, output, stop, [](float x, float y) { return x - y; });
}

}  // namespace moonlet
