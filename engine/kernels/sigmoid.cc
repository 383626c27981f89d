#include "engine/kernels/sigmoid.h"

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

}  // namespace

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

}  // namespace moonlet
