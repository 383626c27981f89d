#include "engine/kernels/gelu.h"

#include "engine/base/libm.h"
#include "engine/kernels/each_element.h"

namespace moonlet {

float Gelu(GeluMode mode, float x) {
  constexpr double kRootHalf = 0.70710678118654752440;       // sqrt(1/2)
  constexpr double kRootTwoOverPi = 0.79788456080286535588;  // sqrt(2/pi)
  const double z = double{x};
  if (mode == GeluMode::kExact) return static_cast<float>(0.5 * z * moonlet_erfc(-z * kRootHalf));
  const double inner = kRootTwoOverPi * (z + 0.044715 * z * z * z);
  return static_cast<float>(0.5 * z * (1 + moonlet_tanh(inner)));
}

ByteTable MakeGeluTable(GeluMode mode, float input_scale, int32_t input_zero, float output_scale,
                        int32_t output_zero) {
  const float inverse = 1.0f / output_scale;
  return MakeByteTable([=](int32_t x) {
    const float real = input_scale * static_cast<float>(x - input_zero);
    return QuantizeByInverse(Gelu(mode, real), inverse, output_zero);
  });
}

bool GeluF32(GeluMode mode, const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [mode](float x) { return Gelu(mode, x); });
}

}  // namespace moonlet
