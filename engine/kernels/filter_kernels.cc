// The one place that says which int8 kernel with a filter runs: fixed by the build on a device, by
// CPUID (or MOONLET_ISA) on a host.
#include "engine/base/isa.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/depthwise_lines.h"
#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/gemm_s8.h"
#include "engine/kernels/transpose_conv.h"

namespace moonlet {

#if defined(__x86_64__)
const FilterKernelS8<ConvS8Params>& ConvS8Kernel(Isa isa) {
  if (isa >= Isa::kAmx) return amx::kBestConvS8;
  if (isa >= Isa::kAvx512Vnni) return avx512vnni::kConvS8;
  return isa >= Isa::kAvx2 ? avx2::kConvS8 : scalar::kConvS8;
}
const FilterKernelS8<DepthwiseS8Params>& DepthwiseS8Kernel(Isa isa) {
  if (isa >= Isa::kAvx512Vnni) return avx512vnni::kDepthwiseS8;
  return isa >= Isa::kAvx2 ? avx2::kDepthwiseS8 : scalar::kDepthwiseS8;
}
const FilterKernelS8<FullyConnectedS8Params>& FullyConnectedS8Kernel(Isa isa) {
  if (isa >= Isa::kAvx512Vnni) return avx512vnni::kFullyConnectedS8;
  return isa >= Isa::kAvx2 ? avx2::kFullyConnectedS8 : scalar::kFullyConnectedS8;
}
const FilterKernelS8<TransposeConvS8Params>& TransposeConvS8Kernel(Isa isa) {
  if (isa >= Isa::kAmx) return amx::kBestTransposeConvS8;
  if (isa >= Isa::kAvx512Vnni) return avx512vnni::kTransposeConvS8;
  return isa >= Isa::kAvx2 ? avx2::kTransposeConvS8 : scalar::kTransposeConvS8;
}
#else
const FilterKernelS8<ConvS8Params>& ConvS8Kernel(Isa) { return device::kConvS8; }
const FilterKernelS8<DepthwiseS8Params>& DepthwiseS8Kernel(Isa) { return device::kDepthwiseS8; }
const FilterKernelS8<FullyConnectedS8Params>& FullyConnectedS8Kernel(Isa) {
  return device::kFullyConnectedS8;
}
const FilterKernelS8<TransposeConvS8Params>& TransposeConvS8Kernel(Isa) {
  return device::kTransposeConvS8;
}
#endif

const FilterKernelS8<ConvS8Params>& DeviceConvS8Kernel() { return device::kConvS8; }
const FilterKernelS8<DepthwiseS8Params>& DeviceDepthwiseS8Kernel() { return device::kDepthwiseS8; }
const FilterKernelS8<FullyConnectedS8Params>& DeviceFullyConnectedS8Kernel() {
  return device::kFullyConnectedS8;
}
const FilterKernelS8<TransposeConvS8Params>& DeviceTransposeConvS8Kernel() {
  return device::kTransposeConvS8;
}

}  // namespace moonlet
