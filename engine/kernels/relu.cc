#include "engine/kernels/relu.h"

#include <algorithm>

#include "engine/kernels/each_element.h"

namespace moonlet {

bool MakeReluScale(float input_scale, float output_scale, Multiplier* scale) {
  const float factor = input_scale / output_scale;
  return MakeMultiplier(double{factor}, scale);
}

int32_t ReluOf(const ReluParams& p, int32_t x) {
  const int32_t value = WrapAdd(Rescale(x - p.input_zero, p.scale), p.output_zero);
  return std::clamp<int32_t>(value, p.min, p.max);
}

bool ReluS16(const ReluParams& p, const int16_t* input, size_t n, int16_t* output,
             const StopToken& stop) {
  return ForEachElement(input, n, output, stop,
                        [&p](int16_t x) { return static_cast<int16_t>(ReluOf(p, x)); });
}

bool ReluF32(RangeF32 range, const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [range](float x) { return Clamp(x, range); });
}

}  // namespace moonlet
