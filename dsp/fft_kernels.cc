#include "dsp/fft_kernels.h"

#include "engine/base/isa.h"

namespace moonlet::dsp {
namespace {

// Fixed by the build on a device, by CPUID (or MOONLET_ISA) on a host.
const FftKernels& Choose() {
#if defined(__x86_64__)
  switch (HostIsa()) {
    case Isa::kAmx:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512:
      return avx512::kFft;
    case Isa::kAvx2:
      return avx2::kFft;
    case Isa::kFma:
      return scalar_fma::kFft;
    case Isa::kScalar:
      break;
  }
#elif defined(__ARM_FEATURE_MVE)
  return mve::kFft;
#endif
  return scalar::kFft;
}

}  // namespace

const FftKernels& BestFftKernels() {
  static const FftKernels& best = Choose();
  return best;
}

}  // namespace moonlet::dsp
