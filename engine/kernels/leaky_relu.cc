#include "engine/kernels/leaky_relu.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/each_element.h"
#include "engine/kernels/integer_loops.h"

namespace moonlet {

bool MakeLeakyReluScales(float input_scale, float alpha, float output_scale, LeakyReluParams* p) {
  p->falling = alpha < 0;
  const float positive = input_scale / output_scale;
  const float negative = input_scale * std::fabs(alpha) / output_scale;
  return MakeMultiplier(double{positive}, &p->positive) &&
         MakeMultiplier(double{negative}, &p->negative);
}

template <>
bool LeakyRelu(const LeakyReluParams& p, const int8_t* input, size_t n, int8_t* output,
               const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [&p](int8_t x) {
    const int32_t value = LeakyReluOf(p, x - p.input_zero);
    return static_cast<int8_t>(std::clamp<int32_t>(value, -128, 127));
  });
}
template <>
bool LeakyRelu(const LeakyReluParams& p, const int16_t* input, size_t n, int16_t* output,
               const StopToken& stop) {
  const auto loop = BestIntegerLoops().leaky_relu_s16;
  return ForEachPiece(
      n, stop, [&](size_t first, size_t count) { loop(p, input + first, count, output + first); });
}

bool LeakyReluF32(float alpha, const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [alpha](float x) { return x > 0 ? x : x * alpha; });
}

}  // namespace moonlet
