// Sums of doubles where they are software: what gcc's library (12.2) rounds wrong.
//
// It aligns the smaller number to a word below the larger one's. At exponents 33 apart one bit of
// it is left there and the rest is told by a single bit. When the difference then loses its leading
// bit, the bit to round by is among those that were lost. The linker directs what asks for the
// library's functions here (--wrap in image.cmake), and such differences are taken exactly.
#include <algorithm>
#include <cstdint>

// Doubles come and go in pairs of core registers, as integers of their size do.
extern "C" {
uint64_t __real___aeabi_dadd(uint64_t x, uint64_t y);
uint64_t __wrap___aeabi_dadd(uint64_t x, uint64_t y);
uint64_t __wrap___aeabi_dsub(uint64_t x, uint64_t y);
uint64_t __wrap___aeabi_drsub(uint64_t x, uint64_t y);
}

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr uint64_t kLeading = uint64_t{1} << 52;
constexpr int32_t kApart = 33;

// As the sum counts it: that of a denormal number is 1.
int32_t ExponentOf(uint64_t x) {
  return std::max<int32_t>(1, static_cast<int32_t>(x >> 52 & 0x7FF));
}

// The lower ten bits are for what lies below the last place.
constexpr int kBelow = 10;
uint64_t SignificandOf(uint64_t x) {
  const bool is_normal = (x >> 52 & 0x7FF) != 0;
  return ((x & (kLeading - 1)) | (is_normal ? kLeading : 0)) << kBelow;
}

// |x| - |y| with the sign of x. Requires that its exponent, below infinity's, is larger by kApart.
uint64_t Difference(uint64_t x, uint64_t y) {
  const uint64_t smaller = SignificandOf(y);
  const uint64_t is_inexact = (smaller & ((uint64_t{1} << kApart) - 1)) != 0;
  uint64_t rest = SignificandOf(x) - ((smaller >> kApart) | is_inexact);
  int32_t exponent = ExponentOf(x);
  if (rest < kLeading << kBelow) {
    rest <<= 1;
    --exponent;
  }
  const uint64_t even = rest >> kBelow & 1;
  const uint64_t rounded = (rest + ((uint64_t{1} << (kBelow - 1)) - 1) + even) >> kBelow;
  // A carry out of the significand is one of the exponent.
  return (x & kSign) | ((uint64_t(static_cast<uint32_t>(exponent)) << 52) + (rounded - kLeading));
}

}  // namespace

uint64_t __wrap___aeabi_dadd(uint64_t x, uint64_t y) {
  const int32_t apart = ExponentOf(x) - ExponentOf(y);
  constexpr uint64_t kInfinity = uint64_t{0x7FF} << 52;
  if ((apart == kApart || apart == -kApart) && ((x ^ y) & kSign) != 0) {
    const uint64_t larger = apart > 0 ? x : y;
    if ((larger & kInfinity) != kInfinity) return Difference(larger, apart > 0 ? y : x);
  }
  return __real___aeabi_dadd(x, y);
}

uint64_t __wrap___aeabi_dsub(uint64_t x, uint64_t y) { return __wrap___aeabi_dadd(x, y ^ kSign); }
uint64_t __wrap___aeabi_drsub(uint64_t x, uint64_t y) { return __wrap___aeabi_dadd(y, x ^ kSign); }
