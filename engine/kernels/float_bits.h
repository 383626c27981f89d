// engine/kernels/float_bits.h - the representation of float32, for what must not depend
// on the floating-point mode.
#pragma once
#include <bit>
#include <cstdint>

namespace moonlet {

constexpr uint32_t BitsOf(float x) { return std::bit_cast<uint32_t>(x); }
constexpr float FloatOf(uint32_t bits) { return std::bit_cast<float>(bits); }

// x with a denormal flushed to a zero of its sign, whatever the mode is.
constexpr float Flushed(float x) {
  const uint32_t bits = BitsOf(x);
  return (bits & 0x7F800000u) == 0 ? FloatOf(bits & 0x80000000u) : x;
}
constexpr double Flushed(double x) { return x; }  // float64 keeps its denormals

// The one NaN of the promise, put in place of any other wherever floats become bytes,
// text, hashes or integers.
inline constexpr uint32_t kNanBits = 0x7FC00000u;
constexpr bool IsNan(float x) { return (BitsOf(x) & 0x7FFFFFFFu) > 0x7F800000u; }
constexpr float WithOneNan(float x) { return IsNan(x) ? FloatOf(kNanBits) : x; }

}  // namespace moonlet
