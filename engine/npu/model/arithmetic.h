// engine/npu/model/arithmetic.h - how the unit rescales: one product, one rounded shift.
#pragma once
#include <cstdint>

#include "engine/npu/operation.h"

namespace moonlet::npu {

// x * multiplier / 2^shift, shift 0..63, rounded:
//   kTfl       to nearest as TFLite does it in two steps, first the product / 2^31
//   kTruncate  towards zero
//   kNatural   to nearest, ties up
// x has up to 63 bits where the multiplier is 1, else up to 40. The product of these has 72, so
// it is kept in two parts. The result is the low 64 bits.
constexpr int64_t ScaleValue(int64_t x, Scale scale, Rounding rounding) {
  constexpr uint64_t kLow = 0xFFFFFFFF;
  const int shift = scale.shift;
  uint64_t add = shift > 0 ? uint64_t{1} << (shift - 1) : 0;
  if (rounding == Rounding::kTruncate) {
    add = x < 0 ? (uint64_t{1} << shift) - 1 : 0;
  } else if (rounding == Rounding::kTfl && shift > 31) {
    constexpr uint64_t kFirstHalf = uint64_t{1} << 30;
    add = x < 0 ? add - kFirstHalf : add + kFirstHalf;
  }
  const uint64_t low_product = (static_cast<uint64_t>(x) & kLow) * scale.multiplier;
  const uint64_t low = (low_product & kLow) + (add & kLow);
  const int64_t high = (x >> 32) * int64_t{scale.multiplier} +
                       static_cast<int64_t>((low_product >> 32) + (add >> 32) + (low >> 32));
  if (shift >= 32) return high >> (shift - 32);
  return static_cast<int64_t>(static_cast<uint64_t>(high) << (32 - shift) | (low & kLow) >> shift);
}

// An operand of ADD or SUB before the sum: x * scale with `left` bits of head room, always
// rounded as TFLite does. |x| < 2^17. A shift beyond 63 leaves nothing.
constexpr int64_t RescaleOperand(int64_t x, Scale scale, int left) {
  const int shift = scale.shift + left;
  if (shift > 63) return 0;
  const int64_t raised = x * (int64_t{1} << left);
  return ScaleValue(raised, {scale.multiplier, static_cast<uint8_t>(shift)}, Rounding::kTfl);
}

}  // namespace moonlet::npu
