#include "engine/kernels/tanh.h"

#include "engine/kernels/each_element.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/integer_loops.h"

namespace moonlet {
namespace {

constexpr int kTanhBits = 4;  // integer bits of a scaled int8 input

// tanh(x) in Q0 for x in Q(kTanhBits): (1 - e) / (1 + e) with e = exp(-2 |x|), the factor 2
// being one integer bit more.
int32_t Tanh(int32_t x) {
  if (x == 0) return 0;
  const int32_t magnitude = OneMinusOverOnePlus(ExpOnNegative(kTanhBits + 1, x > 0 ? -x : x));
  return x > 0 ? magnitude : -magnitude;
}

}  // namespace

bool MakeTanhTable(float input_scale, int32_t input_zero, ByteTable* table) {
  Multiplier scale;
  const double factor = double{input_scale} * (1 << (31 - kTanhBits));
  if (factor <= 0 || !MakeMultiplier(factor, &scale) || scale.shift < 0) return false;
  const int32_t radius = InputRadius(kTanhBits, scale.shift);
  *table = MakeByteTable([=](int32_t x) {
    const int32_t difference = x - input_zero;
    if (difference <= -radius) return int8_t{-128};
    if (difference >= radius) return int8_t{127};
    const int32_t result = RoundingShiftRight(Tanh(Rescale(difference, scale)), 24);
    return static_cast<int8_t>(std::clamp<int32_t>(result, -128, 127));
  });
  return true;
}

bool TanhS16(const SigmoidScale& scale, const int16_t* input, size_t n, int16_t* output,
             const StopToken& stop) {
  const auto loop = BestIntegerLoops().tanh_s16;
  return ForEachPiece(n, stop, [&](size_t first, size_t count) {
    loop(scale, input + first, count, output + first);
  });
}

bool TanhF32(const float* input, size_t n, float* output, const StopToken& stop) {
  const auto tanh = Kernels<float>().tanh;
  return ForEachPiece(
      n, stop, [=](size_t first, size_t count) { tanh(input + first, output + first, count); });
}

}  // namespace moonlet
