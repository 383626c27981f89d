#include "engine/kernels/div.h"

#include <algorithm>
#include <bit>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {
namespace {

int32_t Quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  return b == -1 ? WrapSub(0, a) : a / b;
}

// a / b * scale, for differences of int8 from their zero points.
int32_t ScaledQuotient(int32_t a, int32_t b, Multiplier scale) {
  if (b == 0) return 0;
  if (b < 0) {
    a = -a;
    b = -b;
  }
  const Reciprocal inverse = MakeReciprocal(b, 31);
  // a fills all bits, so that none of the reciprocal's is lost: bits that repeat the sign.
  const int head_room = std::countl_zero(static_cast<uint32_t>(a < 0 ? ~a : a)) - 1;
  const int32_t quotient = HighMul(HighMul(WrapShl(a, head_room), inverse.value), scale.value);
  const int exponent = scale.shift - inverse.exponent - head_room;
  if (exponent > 0) return SaturatingShiftLeft(quotient, std::min(exponent, 30));
  return RoundingShiftRight(quotient, -exponent);
}

}  // namespace

bool MakeDivScale(float scale_a, float scale_b, float scale_output, Multiplier* m) {
  const float product = scale_b * scale_output;
  const float factor = scale_a / product;
  return MakeMultiplier(double{factor}, m);
}

bool DivS8(const DivS8Params& p, const BroadcastPair& shape, const int8_t* a, const int8_t* b,
           int8_t* output, const StopToken& stop) {
  const auto divide = [&p](const int8_t* x, const int8_t* y, int8_t* out, int32_t count,
                           int32_t step_x, int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) {
      const int32_t quotient = ScaledQuotient(*x - p.zero_a, *y - p.zero_b, p.scale);
      const int32_t value = WrapAdd(quotient, p.output.zero);
      out[i] = static_cast<int8_t>(std::clamp<int32_t>(value, p.output.min, p.output.max));
    }
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, divide);
}

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
