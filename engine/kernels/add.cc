#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {
namespace {

constexpr int kHeadRoom = 20;

}  // namespace

bool MakeAddScales(float scale_a, float scale_b, float scale_output, AddS8Params* p) {
  const double twice_larger = 2 * double{std::max(scale_a, scale_b)};
  const double output = twice_larger / ((1 << kHeadRoom) * double{scale_output});
  return MakeMultiplierBelowOne(double{scale_a} / twice_larger, &p->scale_a) &&
         MakeMultiplierBelowOne(double{scale_b} / twice_larger, &p->scale_b) &&
         MakeMultiplierBelowOne(output, &p->scale_output);
}

bool scalar::AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a,
                   const int8_t* b, int8_t* output, const StopToken& stop) {
  const auto common = [](int32_t x, Multiplier scale) {
    return RoundingShiftRight(HighMul(WrapShl(x, kHeadRoom), scale.value), -scale.shift);
  };
  const auto add = [&](const int8_t* x, const int8_t* y, int8_t* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) {
      const int32_t sum =
          WrapAdd(common(*x - p.zero_a, p.scale_a), common(*y - p.zero_b, p.scale_b));
      const int32_t scaled =
          RoundingShiftRight(HighMul(sum, p.scale_output.value), -p.scale_output.shift);
      const int32_t value = WrapAdd(scaled, p.output.zero);
      out[i] = static_cast<int8_t>(std::clamp<int32_t>(value, p.output.min, p.output.max));
    }
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, add);
}

bool scalar::AddF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
                    float* output, const StopToken& stop) {
  const auto add = [&](const float* x, const float* y, float* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = Clamp(*x + *y, range);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, add);
}

// The one place that says which variant runs.
bool AddS8(const AddS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  return scalar::AddS8(p, shape, a, b, output, stop);
}
bool AddF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
            float* output, const StopToken& stop) {
  return scalar::AddF32(range, shape, a, b, output, stop);
}

}  // namespace moonlet
