#include "engine/kernels/elu.h"

#include "engine/base/libm.h"
#include "engine/kernels/each_element.h"

namespace moonlet {

ByteTable MakeEluTable(float input_scale, int32_t input_zero, float output_scale,
                       int32_t output_zero) {
  const float inverse = 1.0f / output_scale;
  return MakeByteTable([=](int32_t x) {
    const float real = input_scale * static_cast<float>(x - input_zero);
    if (!(real < 0)) return QuantizeByInverse(real, inverse, output_zero);
    const auto exp = static_cast<float>(moonlet_exp(double{real}));
    return QuantizeByInverse(exp - 1.0f, inverse, output_zero);
  });
}

bool EluF32(const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [](float x) {
    return x < 0 ? static_cast<float>(moonlet_expm1(double{x})) : x;
  });
}

}  // namespace moonlet
