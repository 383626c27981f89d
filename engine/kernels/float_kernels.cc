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
  switch (HostIsa()) {
    case Isa::kAmx:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512:
      return {&scalar_avx512::kFloat32, &scalar_avx512::kFloat64};
    case Isa::kAvx2:
      return {&scalar_avx2::kFloat32, &scalar_avx2::kFloat64};
    case Isa::kFma:
      return {&scalar_fma::kFloat32, &scalar_fma::kFloat64};
    case Isa::kScalar:
      break;
  }
  return {&scalar::kFloat32, &scalar::kFloat64};
#elif defined(__ARM_FEATURE_MVE)
  return {&mve::kFloat32, &scalar::kFloat64};
#else
  return {&scalar::kFloat32, &scalar::kFloat64};
#endif
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
