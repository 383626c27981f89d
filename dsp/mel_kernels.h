// dsp/mel_kernels.h - the inner loops of mel energies of one instruction set as a table, and the
// one place that chooses which table runs.
//
// Every table gives the bits of the scalar specification (mel_kernels_scalar.cc) inside a
// FlushDenormals, which the caller holds.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet::dsp {

// A filter's weights are padded with zeros to a multiple of kMelLanes.
inline constexpr size_t kMelLanes = 4;
struct MelFilter {
  uint32_t first_bin;
  uint32_t weights;
};

struct MelKernels {
  // power[i] = re * re + im * im of n complex numbers, interleaved.
  void (*power)(const float* spectrum, float* power, size_t n);
  // energies[i] = the sum of weight times power for each of `count` filters, whose weights lie
  // one behind the other: bin k of a filter goes to lane k % 4 by fma, from +0; then lane[j] +=
  // lane[j + h] for h = 2, 1. Reads kMelLanes - 1 powers more than there are bins.
  void (*gather)(const MelFilter* filters, size_t count, const float* weights, const float* power,
                 float* energies);
};

const MelKernels& Mels();

namespace scalar {
extern const MelKernels kMels;
}  // namespace scalar
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
extern const MelKernels kMels;
}  // namespace scalar_fma
namespace scalar_avx512 {
extern const MelKernels kMels;
}  // namespace scalar_avx512
#endif

}  // namespace moonlet::dsp
