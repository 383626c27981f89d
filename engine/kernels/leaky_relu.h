// engine/kernels/leaky_relu.h - LEAKY_RELU: x where it is positive, alpha * x elsewhere. The
// output may be the input's memory. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct LeakyReluParams {
  Multiplier positive;   // of the input's scale / the output's
  Multiplier negative;   // times |alpha|
  bool falling = false;  // alpha < 0
  int8_t unused[3] = {};
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};
// Fills the factors, which are products of float32; false when one is out of range.
[[nodiscard]] bool MakeLeakyReluScales(float input_scale, float alpha, float output_scale,
                                       LeakyReluParams* p);

// The output of a difference from the input's zero point, not yet clamped.
[[gnu::always_inline]] inline int32_t LeakyReluOf(const LeakyReluParams& p, int32_t steps) {
  int32_t scaled = Rescale(steps, steps < 0 ? p.negative : p.positive);
  if (steps < 0 && p.falling) scaled = WrapSub(0, scaled);
  return WrapAdd(scaled, p.output_zero);
}

// T is int8_t or int16_t.
template <typename T>
[[nodiscard]] bool LeakyRelu(const LeakyReluParams& p, const T* input, size_t n, T* output,
                             const StopToken& stop);
[[nodiscard]] bool LeakyReluF32(float alpha, const float* input, size_t n, float* output,
                                const StopToken& stop);

}  // namespace moonlet
