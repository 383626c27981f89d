#include "engine/kernels/signal_window.h"

#include <algorithm>
#include <bit>

namespace moonlet {

void WindowS16(const int16_t* input, Unaligned<int16_t> weights, int32_t n, int shift,
               int16_t* output) {
  for (int32_t i = 0; i < n; ++i) {
    const int32_t product = int32_t{input[i]} * weights[i];
    output[i] = static_cast<int16_t>(std::clamp<int32_t>(product >> shift, -32768, 32767));
  }
}

int FreeBitsS16(const int16_t* input, int32_t n) {
  int16_t largest = 0;
  for (int32_t i = 0; i < n; ++i) {
    const int32_t x = input[i];
    if (x > largest) {
      largest = input[i];
    } else if (-x > largest) {
      largest = static_cast<int16_t>(-x);  // -32768 stays what it is
    }
  }
  if (largest <= 0) return 0;
  return 15 - std::bit_width(static_cast<uint32_t>(largest));
}

void ShiftLeftS16(const int16_t* input, int32_t n, int shift, int16_t* output) {
  for (int32_t i = 0; i < n; ++i) output[i] = static_cast<int16_t>(input[i] * (1 << shift));
}

}  // namespace moonlet
