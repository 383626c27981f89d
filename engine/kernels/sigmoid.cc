#include "engine/kernels/sigmoid.h"

#include <cmath>
#include <iterator>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/sigmoid_table.h"

namespace moonlet {
namespace {

// The table at |argument| / 2^bits, in steps of 2^-(16 + bits); `beyond` past its end.
int32_t Interpolate(int32_t argument, int bits, int32_t beyond) {
  const auto raw = static_cast<uint32_t>(argument);
  const uint32_t distance = argument < 0 ? 0u - raw : raw;
  const uint32_t entry = distance >> bits;
  if (entry >= std::size(kSigmoidTable) - 1) return beyond;
  const auto rest = static_cast<int32_t>(distance & ((1u << bits) - 1));
  const int32_t low = kSigmoidTable[entry];
  return (low << bits) + rest * (kSigmoidTable[entry + 1] - low);
}

// Whether a scale is 2^exponent, to about 0.07 %: 0.001 of an octave.
bool IsPowerOfTwo(float scale, int exponent) {
  const double ratio = std::ldexp(double{scale}, -exponent);
  return ratio > 0.99930709 && ratio < 1.00069339;
}

}  // namespace

bool MakeSigmoidScale(float input_scale, int most_doublings, SigmoidScale* scale) {
  for (int doublings = 0; doublings <= most_doublings; ++doublings) {
    *scale = {3 << doublings, 0};
    if (IsPowerOfTwo(input_scale, doublings - 12)) return true;
  }
  double factor = double{input_scale} * (3 << 12);
  if (!(factor < 2147483648.0)) return false;
  scale->shift = 0;
  for (; factor <= 16383.5 && scale->shift <= 30; factor *= 2) ++scale->shift;
  scale->factor = static_cast<int32_t>(factor);
  return true;
}

int32_t SigmoidArgument(int16_t x, SigmoidScale scale) {
  const int32_t half = scale.shift > 0 ? WrapShl(1, scale.shift - 1) : 0;
  return WrapAdd(WrapMul(x, scale.factor), half) >> scale.shift;
}

// Ties go up for arguments >= 0 and down below, so that the curves are symmetric.
int16_t LogisticByTable(int32_t argument) {
  const int32_t y = Interpolate(argument, 9, 0x7FFF << 10);
  constexpr int32_t kOne = 1 << 25;
  return static_cast<int16_t>((argument >= 0 ? y + 512 : kOne - y + 511) >> 10);
}

// tanh(a) = 2 logistic(2 a) - 1: twice as far in the table, in half its steps.
int16_t TanhByTable(int32_t argument) {
  const int32_t y = Interpolate(argument, 8, 0xFFFF << 8) - (1 << 23);
  return static_cast<int16_t>((argument >= 0 ? y + 128 : 127 - y) >> 8);
}

void scalar::LogisticS16(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output) {
  for (size_t i = 0; i < n; ++i) output[i] = LogisticByTable(SigmoidArgument(x[i], scale));
}
void scalar::TanhS16(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output) {
  for (size_t i = 0; i < n; ++i) output[i] = TanhByTable(SigmoidArgument(x[i], scale));
}

}  // namespace moonlet
