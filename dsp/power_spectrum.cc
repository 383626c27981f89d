#include "dsp/power_spectrum.h"

#include "dsp/mel_kernels.h"

namespace moonlet::dsp {

PowerSpectrum::PowerSpectrum(Arena& arena, size_t length) {
  auto* memory = arena.Take<float>(RealFftPlan::Floats(length));
  spectrum_ = arena.Take<float>(2 * (length / 2 + 1));
  if (!arena.counting()) plan_.Make(length, memory);
}

void PowerSpectrum::Compute(const float* frame, size_t samples, float* power) {
  plan_.Forward(frame, samples, spectrum_);
  Mels().power(spectrum_, power, plan_.bins());
}

}  // namespace moonlet::dsp
