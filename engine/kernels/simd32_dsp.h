// engine/kernels/simd32_dsp.h - the instructions of the DSP extension (Cortex-M4, M7) on two 16-bit
// numbers in a word, for the kernels *_dsp.cc. Elsewhere the same in C++, so that tests of a host
// run those kernels.
//
// Four bytes in a word become halves by pairs: bytes 0 and 2, the even ones, and 1 and 3.
#pragma once
#include <cstdint>
#include <cstring>

#include "engine/kernels/fixed_point.h"

namespace moonlet::armdsp {

// At any address.
[[gnu::always_inline]] inline uint32_t LoadWord(const void* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}
[[gnu::always_inline]] inline uint32_t LoadFour(const int8_t* bytes) { return LoadWord(bytes); }

// The same of fewer than four, without touching those behind; zeros for them.
[[gnu::always_inline]] inline uint32_t LoadFew(const int8_t* bytes, std::ptrdiff_t count) {
  uint32_t word = 0;
  for (std::ptrdiff_t i = 0; i < count; ++i)
    word |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return word;
}

[[gnu::always_inline]] inline int16_t LowHalf(uint32_t halves) {
  return static_cast<int16_t>(halves & 0xFFFF);
}

#if defined(__ARM_FEATURE_DSP)

// The low halves of two words side by side, and the high ones; the first is the lower.
[[gnu::always_inline]] inline uint32_t LowHalves(uint32_t a, uint32_t b) {
  uint32_t halves;
  asm("pkhbt %0, %1, %2, lsl #16" : "=r"(halves) : "r"(a), "r"(b));
  return halves;
}
[[gnu::always_inline]] inline uint32_t HighHalves(uint32_t a, uint32_t b) {
  uint32_t halves;
  asm("pkhtb %0, %2, %1, asr #16" : "=r"(halves) : "r"(a), "r"(b));
  return halves;
}
[[gnu::always_inline]] inline uint32_t EvenBytes(uint32_t word) {
  uint32_t halves;
  asm("sxtb16 %0, %1" : "=r"(halves) : "r"(word));
  return halves;
}
[[gnu::always_inline]] inline uint32_t OddBytes(uint32_t word) {
  uint32_t halves;
  asm("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
  return halves;
}
// To halves those of a word's bytes, wrapping.
[[gnu::always_inline]] inline uint32_t AddEvenBytes(uint32_t halves, uint32_t word) {
  asm("sxtab16 %0, %0, %1" : "+r"(halves) : "r"(word));
  return halves;
}
[[gnu::always_inline]] inline uint32_t AddOddBytes(uint32_t halves, uint32_t word) {
  asm("sxtab16 %0, %0, %1, ror #8" : "+r"(halves) : "r"(word));
  return halves;
}
[[gnu::always_inline]] inline uint32_t SubtractHalves(uint32_t a, uint32_t b) {
  asm("ssub16 %0, %0, %1" : "+r"(a) : "r"(b));
  return a;
}
// The larger of each two bytes, and the smaller.
[[gnu::always_inline]] inline uint32_t LargerBytes(uint32_t a, uint32_t b) {
  uint32_t difference;
  asm("ssub8 %1, %0, %2\n\tsel %0, %0, %2" : "+r"(a), "=&r"(difference) : "r"(b));
  return a;
}
[[gnu::always_inline]] inline uint32_t SmallerBytes(uint32_t a, uint32_t b) {
  uint32_t difference;
  asm("ssub8 %1, %0, %2\n\tsel %0, %2, %0" : "+r"(a), "=&r"(difference) : "r"(b));
  return a;
}
// sum + a.low * b.low + a.high * b.high, wrapping.
[[gnu::always_inline]] inline int64_t AddPairs(uint32_t a, uint32_t b, int64_t sum) {
  asm("smlald %Q0, %R0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}
[[gnu::always_inline]] inline int32_t AddPairs(uint32_t a, uint32_t b, int32_t sum) {
  asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

#else

[[gnu::always_inline]] inline uint32_t LowHalves(uint32_t a, uint32_t b) {
  return (a & 0xFFFF) | b << 16;
}
[[gnu::always_inline]] inline uint32_t HighHalves(uint32_t a, uint32_t b) {
  return a >> 16 | (b & 0xFFFF0000);
}

[[gnu::always_inline]] inline uint32_t Halves(int8_t low, int8_t high) {
  return LowHalves(static_cast<uint32_t>(low), static_cast<uint32_t>(high));
}
[[gnu::always_inline]] inline uint32_t EvenBytes(uint32_t word) {
  return Halves(static_cast<int8_t>(word & 0xFF), static_cast<int8_t>(word >> 16 & 0xFF));
}
[[gnu::always_inline]] inline uint32_t OddBytes(uint32_t word) { return EvenBytes(word >> 8); }
[[gnu::always_inline]] inline uint32_t AddHalves(uint32_t a, uint32_t b) {
  return LowHalves(a + b, (a >> 16) + (b >> 16));
}
[[gnu::always_inline]] inline uint32_t AddEvenBytes(uint32_t halves, uint32_t word) {
  return AddHalves(halves, EvenBytes(word));
}
[[gnu::always_inline]] inline uint32_t AddOddBytes(uint32_t halves, uint32_t word) {
  return AddHalves(halves, OddBytes(word));
}
[[gnu::always_inline]] inline uint32_t SubtractHalves(uint32_t a, uint32_t b) {
  return LowHalves(a - b, (a >> 16) - (b >> 16));
}
[[gnu::always_inline]] inline uint32_t LargerBytes(uint32_t a, uint32_t b) {
  uint32_t larger = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto x = static_cast<int8_t>(a >> shift & 0xFF),
               y = static_cast<int8_t>(b >> shift & 0xFF);
    larger |= uint32_t{static_cast<uint8_t>(x > y ? x : y)} << shift;
  }
  return larger;
}
// What is the larger of negative numbers is the smaller of these: ~x = -x - 1.
[[gnu::always_inline]] inline uint32_t SmallerBytes(uint32_t a, uint32_t b) {
  return ~LargerBytes(~a, ~b);
}
[[gnu::always_inline]] inline int64_t AddPairs(uint32_t a, uint32_t b, int64_t sum) {
  return sum + LowHalf(a) * LowHalf(b) + LowHalf(a >> 16) * LowHalf(b >> 16);
}
[[gnu::always_inline]] inline int32_t AddPairs(uint32_t a, uint32_t b, int32_t sum) {
  const int32_t low = LowHalf(a) * LowHalf(b);
  const int32_t high = LowHalf(a >> 16) * LowHalf(b >> 16);
  return WrapAdd(WrapAdd(sum, low), high);
}

#endif

}  // namespace moonlet::armdsp
