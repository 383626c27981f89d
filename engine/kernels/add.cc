#include "engine/kernels/add.h"

#include <algorithm>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int kHeadRoom = 20;
constexpr int32_t kPiece = 1 << 16;

// Calls op(a, b, output, count, step_a, step_b) for every innermost run of the joint
// shape, in order, in pieces short enough to poll between.
template <typename T, typename Op>
bool ForEachRun(const BroadcastPair& shape, const T* a, const T* b, T* output,
                const StopToken& stop, Op op) {
  WorkMeter meter(stop);
  const int last = shape.rank - 1;
  const int32_t run = last < 0 ? 1 : shape.dims[last];
  const int32_t step_a = last < 0 ? 0 : shape.stride_a[last];
  const int32_t step_b = last < 0 ? 0 : shape.stride_b[last];
  for (int axis = 0; axis < shape.rank; ++axis)
    if (shape.dims[axis] == 0) return true;
  int32_t position[BroadcastPair::kMaxRank] = {};
  for (;;) {
    for (int32_t i = 0; i < run; i += kPiece) {
      const int32_t count = std::min(kPiece, run - i);
      if (!meter.Spend(count)) return false;
      op(a + std::ptrdiff_t{i} * step_a, b + std::ptrdiff_t{i} * step_b, output, count, step_a,
         step_b);
      output += count;
    }
    int axis = last - 1;
    for (; axis >= 0; --axis) {
      a += shape.stride_a[axis];
      b += shape.stride_b[axis];
      if (++position[axis] < shape.dims[axis]) break;
      a -= std::ptrdiff_t{shape.stride_a[axis]} * shape.dims[axis];
      b -= std::ptrdiff_t{shape.stride_b[axis]} * shape.dims[axis];
      position[axis] = 0;
    }
    if (axis < 0) return true;
  }
}

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
  return ForEachRun(shape, a, b, output, stop, add);
}

bool scalar::AddF32(RangeF32 range, const BroadcastPair& shape, const float* a, const float* b,
                    float* output, const StopToken& stop) {
  const auto add = [&](const float* x, const float* y, float* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = Clamp(*x + *y, range);
  };
  return ForEachRun(shape, a, b, output, stop, add);
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
