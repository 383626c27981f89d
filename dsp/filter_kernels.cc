#include "dsp/filter_kernels.h"

#include "engine/base/isa.h"

namespace moonlet::dsp {

const FilterKernels& Filters() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kAvx512) return scalar_avx512::kFilters;
  if (HostIsa() >= Isa::kFma) return scalar_fma::kFilters;
#endif
  return scalar::kFilters;
}

}  // namespace moonlet::dsp
