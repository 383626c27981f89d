#include "engine/base/isa.h"
#include "engine/kernels/depthwise.h"

namespace moonlet {

// The one place that says which variant runs.
static decltype(&scalar::DepthwiseF32) BestDepthwiseF32() {
#if defined(__x86_64__)
  switch (HostIsa()) {
    case Isa::kAmx:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512:
      return avx512::DepthwiseF32;
    case Isa::kAvx2:
      return avx2::DepthwiseF32;
    case Isa::kFma:
      return scalar_fma::DepthwiseF32;
    case Isa::kScalar:
      break;
  }
  return scalar::DepthwiseF32;
#elif defined(__ARM_FEATURE_MVE)
  return mve::DepthwiseF32;
#else
  return scalar::DepthwiseF32;
#endif
}

bool DepthwiseF32(const DepthwiseF32Params& p, const float* input, Unaligned<float> filter,
                  Unaligned<float> bias, float* output, const StopToken& stop) {
  static const auto best = BestDepthwiseF32();
  return best(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
