#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {
namespace {

// output = combine(a, b) at the common scale, rescaled.
template <int kHeadRoom, typename T, typename Output, typename Combine>
bool Scaled(const AddParams<Output>& p, const BroadcastPair& shape, const T* a, const T* b,
            T* output, const StopToken& stop, Combine combine) {
  const auto below_one = [](int32_t x, Multiplier m) {
    return RoundingShiftRight(HighMul(x, m.value), -m.shift);
  };
  const auto common = [&](int32_t x, Multiplier m) { return below_one(WrapShl(x, kHeadRoom), m); };
  const auto run = [&](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) {
      const int32_t result =
          combine(common(*x - p.zero_a, p.scales.a), common(*y - p.zero_b, p.scales.b));
      const int32_t value = WrapAdd(below_one(result, p.scales.output), p.output.zero);
      out[i] = static_cast<T>(std::clamp<int32_t>(value, p.output.min, p.output.max));
    }
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

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
  return Scaled<kAddHeadRoomS8>(p, shape, a, b, output, stop, WrapAdd);
}
bool AddS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a, const int16_t* b,
            int16_t* output, const StopToken& stop) {
  return Scaled<kAddHeadRoomS16>(p, shape, a, b, output, stop, WrapAdd);
}
bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  return Clamped(range, shape, a, b, output, stop, [](float x, float y) { return x + y; });
}

bool SubS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  return Scaled<kAddHeadRoomS8>(p, shape, a, b, output, stop, WrapSub);
}
bool SubS16(const AddS16Params& p, const BroadcastPair& shape, const int16_t* a, const int16_t* b,
            int16_t* output, const StopToken& stop) {
  return Scaled<kAddHeadRoomS16>(p, shape, a, b, output, stop, WrapSub);
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
