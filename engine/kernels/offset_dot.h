// engine/kernels/offset_dot.h - the inner loop of the operators with int8 weights: an inner
// product of vectors whose zero is not at 0, and the way from its sum to an output. For the
// scalar kernels alone.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet::scalar {

// Elements whose worst case, 255 * 255 everywhere, still fits int32.
inline constexpr std::ptrdiff_t kDotPiece = 1 << 15;

// sum of (x[i] - x_zero) * (w[i] - w_zero), wrapping. Zero points are within int8.
inline int32_t OffsetDot(const int8_t* x, int32_t x_zero, const int8_t* w, int32_t w_zero,
                         std::ptrdiff_t n) {
  int32_t sum = 0;
  for (std::ptrdiff_t begin = 0; begin < n; begin += kDotPiece) {
    const std::ptrdiff_t end = std::min(n, begin + kDotPiece);
    int32_t piece = 0;
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      // 16-bit factors: compilers know an instruction for their products' sum.
      const auto a = static_cast<int16_t>(x[i] - x_zero);
      const auto b = static_cast<int16_t>(w[i] - w_zero);
      piece += a * b;
    }
    sum = WrapAdd(sum, piece);
  }
  return sum;
}

// Elements whose worst case with int16 activations, 65535 * 255 everywhere, still fits int32.
inline constexpr std::ptrdiff_t kWideDotPiece = 1 << 6;

// The same for int16 activations, exact; the low 32 bits are the wrapping int32 sum. Zero
// points are within the vectors' types.
inline int64_t OffsetDot(const int16_t* x, int32_t x_zero, const int8_t* w, int32_t w_zero,
                         std::ptrdiff_t n) {
  int64_t sum = 0;
  for (std::ptrdiff_t begin = 0; begin < n; begin += kWideDotPiece) {
    const std::ptrdiff_t end = std::min(n, begin + kWideDotPiece);
    int32_t piece = 0;
    for (std::ptrdiff_t i = begin; i < end; ++i) piece += (x[i] - x_zero) * (w[i] - w_zero);
    sum += piece;
  }
  return sum;
}

// sum + more in an accumulator as wide as the reference's, which wraps.
inline int32_t Accumulate(int32_t sum, int64_t more) {
  return WrapAdd(sum, static_cast<int32_t>(more));
}
inline int64_t Accumulate(int64_t sum, int64_t more) { return WrapAdd64(sum, more); }

// From an accumulator to the output.
inline int8_t FinishS8(int32_t sum, Multiplier scale, const OutputS8& output) {
  const int32_t value = WrapAdd(Rescale(sum, scale), output.zero);
  return static_cast<int8_t>(std::clamp<int32_t>(value, output.min, output.max));
}
// Operators with int16 activations scale the two widths of accumulator differently: a file
// chooses by the type of its bias.
inline int16_t FinishS16(int32_t sum, Multiplier scale, const OutputS16& output) {
  const int32_t value = WrapAdd(Rescale(sum, scale), output.zero);
  return static_cast<int16_t>(std::clamp<int32_t>(value, output.min, output.max));
}
inline int16_t FinishS16(int64_t sum, Multiplier scale, const OutputS16& output) {
  const int32_t value = WrapAdd(RescaleWide(sum, scale), output.zero);
  return static_cast<int16_t>(std::clamp<int32_t>(value, output.min, output.max));
}

}  // namespace moonlet::scalar
