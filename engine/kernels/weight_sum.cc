#include "engine/kernels/weight_sum.h"

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/simd32_dsp.h"

#if !defined(__ARM_FEATURE_MVE)
namespace moonlet {

// Those that lie next to each other go four at a time.
int32_t WeightSum(const int8_t* weights, std::ptrdiff_t count, std::ptrdiff_t step) {
  constexpr uint32_t kOnes = 0x0001'0001;
  int32_t sum = 0;
  for (; step == 1 && count >= 4; count -= 4, weights += 4) {
    const uint32_t four = armdsp::LoadFour(weights);
    sum = armdsp::AddPairs(armdsp::EvenBytes(four), kOnes, sum);
    sum = armdsp::AddPairs(armdsp::OddBytes(four), kOnes, sum);
  }
  for (; count > 0; --count, weights += step) sum = WrapAdd(sum, *weights);
  return sum;
}

}  // namespace moonlet
#endif
