#include "dsp/mel_kernels.h"

#include "engine/base/isa.h"

namespace moonlet::dsp {

const MelKernels& Mels() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kAvx512) return scalar_avx512::kMels;
  if (HostIsa() >= Isa::kFma) return scalar_fma::kMels;
#endif
  return scalar::kMels;
}

}  // namespace moonlet::dsp
