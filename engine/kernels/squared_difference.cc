#include "engine/kernels/squared_difference.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {
namespace {

template <typename T, typename Op>
bool SquareEach(const BroadcastPair& shape, const T* a, const T* b, T* output,
                const StopToken& stop, Op op) {
  const auto run = [&](const T* x, const T* y, T* out, int32_t count, int32_t step_x,
                       int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = op(*x, *y);
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

template <int kHeadRoom, typename T>
bool SquareScaled(const SquaredDifferenceParams& p, const BroadcastPair& shape, const T* a,
                  const T* b, T* output, const StopToken& stop) {
  const auto common = [](int32_t x, Multiplier m) {
    return RoundingShiftRight(HighMul(WrapShl(x, kHeadRoom), m.value), -m.shift);
  };
  return SquareEach(shape, a, b, output, stop, [&](T x, T y) {
    const int32_t d = WrapSub(common(x - p.zero_a, p.a), common(y - p.zero_b, p.b));
    const int32_t value = WrapAdd(Rescale(WrapMul(d, d), p.output), p.zero_output);
    return static_cast<T>(
        std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  });
}

}  // namespace

bool MakeSquaredDifferenceScales(float scale_a, float scale_b, float scale_output, int head_room,
                                 SquaredDifferenceParams* p) {
  const double common = 2 * std::max(double{scale_a}, double{scale_b});
  const double steps = static_cast<double>(1 << 2 * head_room) * double{scale_output};
  return MakeMultiplierBelowOne(double{scale_a} / common, &p->a) &&
         MakeMultiplierBelowOne(double{scale_b} / common, &p->b) &&
         MakeMultiplier(common * common / steps, &p->output);
}

bool SquaredDifferenceS8(const SquaredDifferenceParams& p, const BroadcastPair& shape,
                         const int8_t* a, const int8_t* b, int8_t* output, const StopToken& stop) {
  return SquareScaled<kSquaredDifferenceHeadRoomS8>(p, shape, a, b, output, stop);
}
bool SquaredDifferenceS16(const SquaredDifferenceParams& p, const BroadcastPair& shape,
                          const int16_t* a, const int16_t* b, int16_t* output,
                          const StopToken& stop) {
  return SquareScaled<kSquaredDifferenceHeadRoomS16>(p, shape, a, b, output, stop);
}
bool SquaredDifferenceS32(const BroadcastPair& shape, const int32_t* a, const int32_t* b,
                          int32_t* output, const StopToken& stop) {
  return SquareEach(shape, a, b, output, stop, [](int32_t x, int32_t y) {
    const int32_t d = WrapSub(x, y);
    return WrapMul(d, d);
  });
}
bool SquaredDifferenceF32(const BroadcastPair& shape, const float* a, const float* b, float* output,
                          const StopToken& stop) {
  return SquareEach(shape, a, b, output, stop, [](float x, float y) { return (x - y) * (x - y); });
}

}  // namespace moonlet
