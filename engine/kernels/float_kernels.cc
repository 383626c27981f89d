#include "engine/kernels/float_kernels.h"

#include "engine/base/isa.h"

namespace moonlet {
namespace {

struct Tables {
  const FloatKernels<float>* float32;
  const FloatKernels<double>* float64;
};

// Fixed by the build on a device, by CPUID (or MOONLET_ISA) on a host.
Tables Choose() {
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) return {&scalar_fma::kFloat32, &scalar_fma::kFloat64};
#endif
  return {&scalar::kFloat32, &scalar::kFloat64};
}

const Tables& BestTables() {
  static const Tables best = Choose();
  return best;
}

}  // namespace

template <>
const FloatKernels<float>& Kernels<float>() {
  return *BestTables().float32;
}

template <>
const FloatKernels<double>& Kernels<double>() {
  return *BestTables().float64;
}

}  // namespace moonlet
