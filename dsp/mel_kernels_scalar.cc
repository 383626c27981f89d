// The specification of mel energies. On x86-64 it is compiled once more with -mfma
// (engine/kernels/scalar.h) and once for AVX-512.
#include "dsp/mel_kernels.h"
#include "engine/kernels/scalar.h"

namespace moonlet::dsp::MOONLET_SCALAR {
namespace {

using moonlet::MOONLET_SCALAR::Fma;

void Power(const float* spectrum, float* power, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const float re = spectrum[2 * i];
    const float im = spectrum[2 * i + 1];
    power[i] = re * re + im * im;
  }
}

void Gather(const MelFilter* filters, size_t count, const float* weights, const float* power,
            float* energies) {
  for (size_t i = 0; i < count; ++i) {
    const float* bins = power + filters[i].first_bin;
    float lanes[kMelLanes] = {};
    for (size_t k = 0; k < filters[i].weights; k += kMelLanes)
      for (size_t j = 0; j < kMelLanes; ++j) lanes[j] = Fma(weights[k + j], bins[k + j], lanes[j]);
    energies[i] = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    weights += filters[i].weights;
  }
}

}  // namespace

constinit const MelKernels kMels = {.power = Power, .gather = Gather};

}  // namespace moonlet::dsp::MOONLET_SCALAR
