// engine/tensor/convert.h - one element from one dtype to another.
//
// float to integer: nearest, ties to even; outside the range saturates; NaN gives 0.
// integer to integer wraps. Anything to bool: not equal to zero. Everything else is
// exact or correctly rounded by IEEE 754.
#pragma once
#include <limits>
#include <type_traits>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Ties to even.
[[gnu::always_inline]] inline float Nearest(float x) { return __builtin_rintf(x); }
[[gnu::always_inline]] inline double Nearest(double x) { return __builtin_rint(x); }

template <typename To, typename From>
[[gnu::always_inline]] inline To ConvertElement(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr To kMost = std::numeric_limits<To>::max(), kLeast = std::numeric_limits<To>::min();
    // A power of two is exact in every float; the largest integer below it often is not.
    constexpr From kBegin = static_cast<From>(kLeast);
    constexpr From kEnd = static_cast<From>(kMost / 2 + 1) * 2;
    const From rounded = Nearest(value);
    const bool fits = rounded >= kBegin && rounded < kEnd;
    const To inside = static_cast<To>(fits ? rounded : From{0});
    const To nearest = rounded >= kEnd ? kMost : rounded < kBegin ? kLeast : To{0};
    return fits ? inside : nearest;
  } else {
    return static_cast<To>(value);
  }
}

// n elements of C, which is double, float, int64_t or int32_t, to places `step` apart.
template <typename C>
void ConvertChunk(const C* from, DType dtype, Index step, Index n, void* to);

// Writes `from`, converted, to `to`. Requires equal shapes; the two may be identical or
// disjoint.
Status Convert(const Tensor& from, const Tensor& to, const StopToken& stop) noexcept;

}  // namespace moonlet
