#include "engine/base/isa.h"
#include "engine/kernels/depthwise.h"

namespace moonlet {

// The one place that says which variant runs.
static decltype(&scalar::DepthwiseF32) BestDepthwiseF32() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) return scalar_fma::DepthwiseF32;
#endif
  return scalar::DepthwiseF32;
}

bool DepthwiseF32(const DepthwiseF32Params& p, const float* input, Unaligned<float> filter,
                  Unaligned<float> bias, float* output, const StopToken& stop) {
  static const auto best = BestDepthwiseF32();
  return best(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
