#include "engine/kernels/leaky_relu.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/kernels/each_element.h"

namespace moonlet {
bool MakeLeakyReluScales(float input_scale, float alpha, float output_scale, LeakyReluParams* p) {
  p->falling = alpha < 0;
  const float positive = input_scale / output_scale;
  const float negative = input_scale * std::fabs(alpha) / output_scale;
  return MakeMultiplier(double{positive}, &p->positive) &&
         MakeMultiplier(double{negative}, &p->negative);
}

template <typename T>
bool LeakyRelu(const LeakyReluParams& p, const T* input, size_t n, T* output,
               const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [&p](T x) {
    const int32_t steps = x - p.input_zero;
    int32_t scaled = Rescale(steps, steps < 0 ? p.negative : p.positive);
    if (steps < 0 && p.falling) scaled = WrapSub(0, scaled);
    const int32_t value = WrapAdd(scaled, p.output_zero);
    return static_cast<T>(
        std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  });
}

template bool LeakyRelu(const LeakyReluParams&, const int8_t*, size_t, int8_t*, const StopToken&);
template bool LeakyRelu(const LeakyReluParams&, const int16_t*, size_t, int16_t*, const StopToken&);

bool LeakyReluF32(float alpha, const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [alpha](float x) { return x > 0 ? x : x * alpha; });
}

}  // namespace moonlet
