// tests/engine/kernels/float_tables.h - every table of float kernels this CPU can run.
#pragma once
#include <vector>

#include "engine/kernels/float_kernels.h"

namespace moonlet {

template <typename T>
std::vector<const FloatKernels<T>*> Tables();

template <>
inline std::vector<const FloatKernels<float>*> Tables() {
  std::vector<const FloatKernels<float>*> tables = {&scalar::kFloat32};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma")) tables.push_back(&scalar_fma::kFloat32);
#endif
  return tables;
}

template <>
inline std::vector<const FloatKernels<double>*> Tables() {
  std::vector<const FloatKernels<double>*> tables = {&scalar::kFloat64};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma")) tables.push_back(&scalar_fma::kFloat64);
#endif
  return tables;
}

}  // namespace moonlet
