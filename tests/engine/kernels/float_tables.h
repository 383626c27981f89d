// tests/engine/kernels/float_tables.h - every table of float kernels this CPU can run.
#pragma once
#include <vector>

#include "engine/base/isa.h"
#include "engine/kernels/float_kernels.h"

namespace moonlet {

template <typename T>
std::vector<const FloatKernels<T>*> Tables();

template <>
inline std::vector<const FloatKernels<float>*> Tables() {
  std::vector<const FloatKernels<float>*> tables = {&scalar::kFloat32};
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) tables.push_back(&scalar_fma::kFloat32);
  if (HostIsa() >= Isa::kAvx2) tables.push_back(&scalar_avx2::kFloat32);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&scalar_avx512::kFloat32);
#endif
  return tables;
}

template <>
inline std::vector<const FloatKernels<double>*> Tables() {
  std::vector<const FloatKernels<double>*> tables = {&scalar::kFloat64};
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) tables.push_back(&scalar_fma::kFloat64);
  if (HostIsa() >= Isa::kAvx2) tables.push_back(&scalar_avx2::kFloat64);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&scalar_avx512::kFloat64);
#endif
  return tables;
}

}  // namespace moonlet
