// engine/tensor/convert.h - one element from one dtype to another.
//
// float to integer: nearest, ties to even; outside the range saturates; NaN gives 0.
// integer to integer wraps. Anything to bool: not equal to zero. Everything else is
// exact or correctly rounded by IEEE 754.
#pragma once
#include <cmath>
#include <limits>
#include <type_traits>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

template <typename To, typename From>
To ConvertElement(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    if (value != value) return 0;
    const From rounded = std::rint(value);
    // 2^digits is exact in every float; the largest integer below it often is not.
    const From end = std::ldexp(From{1}, Limits::digits);
    if (rounded >= end) return Limits::max();
    if (rounded < (Limits::is_signed ? -end : From{0})) return Limits::min();
    return static_cast<To>(rounded);
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
