#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/weight_sum.h"

namespace moonlet {

int32_t WeightSum(const int8_t* weights, std::ptrdiff_t count, std::ptrdiff_t step) {
  int32_t sum = 0;
  if (step != 1) {
    for (; count > 0; --count, weights += step) sum = WrapAdd(sum, *weights);
    return sum;
  }
  for (; count > 16; count -= 16, weights += 16) sum = vaddvaq_s8(sum, vldrbq_s8(weights));
  return vaddvaq_s8(sum, vldrbq_z_s8(weights, vctp8q(static_cast<uint32_t>(count))));
}

}  // namespace moonlet
#endif
