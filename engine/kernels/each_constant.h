// engine/kernels/each_constant.h - a loop with constant indices.
#pragma once
#include <utility>

namespace moonlet {

// Calls f(0) ... f(N - 1) with constants, so that arrays it indexes stay in registers.
template <int N, typename F>
[[gnu::always_inline]] inline void Each(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>()), ...);
  }
  (std::make_integer_sequence<int, N>());
}

}  // namespace moonlet
