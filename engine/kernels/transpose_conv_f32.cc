#include "engine/base/isa.h"
#include "engine/kernels/transpose_conv.h"

namespace moonlet {

// The one place that says which variant runs.
static decltype(&scalar::TransposeConvF32) BestTransposeConvF32() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kAvx512) return avx512::TransposeConvF32;
  if (HostIsa() >= Isa::kAvx2) return avx2::TransposeConvF32;
  if (HostIsa() >= Isa::kFma) return scalar_fma::TransposeConvF32;
#endif
  return scalar::TransposeConvF32;
}

bool TransposeConvF32(const TransposeConvF32Params& p, const float* input, Unaligned<float> filter,
                      Unaligned<float> bias, float* output, const StopToken& stop) {
  static const auto best = BestTransposeConvF32();
  return best(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
