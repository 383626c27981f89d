#include "engine/kernels/cast.h"

#include <limits>
#include <type_traits>

namespace moonlet {
namespace {

template <typename To>
To Truncate(float x) {
  using Limits = std::numeric_limits<To>;
  // Both limits as floats: the lower is exact, the upper, rounded up, is already too large.
  constexpr auto kLow = static_cast<float>(Limits::min());
  constexpr auto kEnd = static_cast<float>(uint64_t{Limits::max()} + 1);
  if (x >= kEnd) return Limits::max();
  if (x >= kLow) return static_cast<To>(x);
  return x < kLow ? Limits::min() : To{0};  // NaN compares with nothing
}

}  // namespace

template <typename From, typename To>
void Cast(const From* input, size_t n, To* output) {
  for (size_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
      output[i] = Truncate<To>(input[i]);
    } else {
      output[i] = static_cast<To>(input[i]);
    }
  }
}

template void Cast(const int8_t*, size_t, int8_t*);
template void Cast(const int8_t*, size_t, int16_t*);
template void Cast(const int8_t*, size_t, int32_t*);
template void Cast(const int8_t*, size_t, uint32_t*);
template void Cast(const int8_t*, size_t, float*);
template void Cast(const uint8_t*, size_t, int8_t*);
template void Cast(const uint8_t*, size_t, int16_t*);
template void Cast(const uint8_t*, size_t, int32_t*);
template void Cast(const uint8_t*, size_t, uint32_t*);
template void Cast(const uint8_t*, size_t, float*);
template void Cast(const int16_t*, size_t, int8_t*);
template void Cast(const int16_t*, size_t, int16_t*);
template void Cast(const int16_t*, size_t, int32_t*);
template void Cast(const int16_t*, size_t, uint32_t*);
template void Cast(const int16_t*, size_t, float*);
template void Cast(const int32_t*, size_t, int8_t*);
template void Cast(const int32_t*, size_t, int16_t*);
template void Cast(const int32_t*, size_t, int32_t*);
template void Cast(const int32_t*, size_t, uint32_t*);
template void Cast(const int32_t*, size_t, float*);
template void Cast(const uint32_t*, size_t, int8_t*);
template void Cast(const uint32_t*, size_t, int16_t*);
template void Cast(const uint32_t*, size_t, int32_t*);
template void Cast(const uint32_t*, size_t, uint32_t*);
template void Cast(const uint32_t*, size_t, float*);
template void Cast(const float*, size_t, int8_t*);
template void Cast(const float*, size_t, int16_t*);
template void Cast(const float*, size_t, int32_t*);
template void Cast(const float*, size_t, uint32_t*);
template void Cast(const float*, size_t, float*);

}  // namespace moonlet
