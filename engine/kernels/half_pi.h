// engine/kernels/half_pi.h - the remainder of a large float by pi/2, right to 40 bits and more.
//
// After Payne and Hanek: a float is a 24-bit integer times 2^e, and of 2/pi only the
// bits matter whose product with 2^e is below 4 (the quadrant) and above the precision
// wanted. So one product of 24 by 96 bits is enough for every float. Integers do it all
// but the last step, hence every target agrees.
#pragma once
#include <cstdint>

#include "engine/kernels/scalar.h"

namespace moonlet::MOONLET_SCALAR {

struct HalfPiRemainder {
  uint32_t quadrant;  // of its value the low two bits count
  float r;            // x - quadrant * pi/2, |r| <= pi/4
  float low;          // what r lacks
};

// Of the float with these bits. Requires it positive, finite and at least 2^16.
static inline HalfPiRemainder RemainderOfHalfPi(uint32_t bits) {
  // 2/pi in words of 32 bits, behind one word for the integer part.
  static constexpr uint32_t kTwoOverPi[8] = {0,          0xA2F9836E, 0x4E441529, 0xFC2757D1,
                                             0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB};
  const uint64_t mantissa = (bits & 0x007FFFFFu) | 0x00800000u;
  // x = mantissa * 2^e; the bit of 2/pi that meets 2^e at weight 2 stands at `first`.
  const uint32_t e_plus_150 = bits >> 23;
  const uint32_t first = e_plus_150 - 150 + 30;
  const uint32_t* word = kTwoOverPi + first / 32;
  const uint32_t shift = first % 32;
  uint64_t window[3];
  for (int i = 0; i < 3; ++i) {
    const uint64_t pair = static_cast<uint64_t>(word[i]) << 32 | (shift != 0 ? word[i + 1] : 0);
    window[i] = pair << shift >> 32;
  }
  // The product modulo 4: two bits of quadrant, then the fraction.
  const uint64_t low = mantissa * window[2];
  const uint64_t middle = mantissa * window[1] + (low >> 32);
  const uint64_t high = mantissa * window[0] + (middle >> 32);
  const uint64_t top = high << 32 | (middle & 0xFFFFFFFFu);
  const uint64_t fraction = top << 2 | (low & 0xFFFFFFFFu) >> 30;
  // A fraction above one half belongs to the next quadrant, seen from its other side.
  const auto nearest = static_cast<int64_t>(fraction);
  const auto quadrant = static_cast<uint32_t>(top >> 62) + (nearest < 0 ? 1u : 0u);
  constexpr double kScale = 0x1.921fb54442d18p0 * 0x1p-64;
  const double remainder = static_cast<double>(nearest) * kScale;
  const auto r = static_cast<float>(remainder);
  return {quadrant, r, static_cast<float>(remainder - static_cast<double>(r))};
}

}  // namespace moonlet::MOONLET_SCALAR
