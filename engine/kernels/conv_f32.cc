#include "engine/base/isa.h"
#include "engine/kernels/conv.h"

namespace moonlet {

// The one place that says which variant runs.
static decltype(&scalar::ConvF32) BestConvF32() {
#if defined(__x86_64__)
  switch (HostIsa()) {
    case Isa::kAmx:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512:
      return avx512::ConvF32;
    case Isa::kAvx2:
      return avx2::ConvF32;
    case Isa::kFma:
      return scalar_fma::ConvF32;
    case Isa::kScalar:
      break;
  }
  return scalar::ConvF32;
#elif defined(__ARM_FEATURE_MVE)
  return mve::ConvF32;
#else
  return scalar::ConvF32;
#endif
}

bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
             Unaligned<float> bias, float* output, const StopToken& stop) {
  static const auto best = BestConvF32();
  return best(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
