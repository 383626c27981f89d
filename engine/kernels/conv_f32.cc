#include "engine/base/isa.h"
#include "engine/kernels/conv.h"

namespace moonlet {

// The one place that says which variant runs.
static decltype(&scalar::ConvF32) BestConvF32() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) return scalar_fma::ConvF32;
#endif
  return scalar::ConvF32;
}

bool ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
             Unaligned<float> bias, float* output, const StopToken& stop) {
  static const auto best = BestConvF32();
  return best(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
