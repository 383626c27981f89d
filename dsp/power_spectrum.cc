#include "dsp/power_spectrum.h"

namespace moonlet::dsp {

PowerSpectrum::PowerSpectrum(Arena& arena, size_t length) {
  auto* memory = arena.Take<float>(RealFftPlan::Floats(length));
  spectrum_ = arena.Take<float>(2 * (length / 2 + 1));
  if (!arena.counting()) plan_.Make(length, memory);
}

void PowerSpectrum::Compute(const float* frame, size_t samples, float* power) {
  plan_.Forward(frame, samples, spectrum_);
  for (size_t i = 0; i < plan_.bins(); ++i) {
    const float re = spectrum_[2 * i];
    const float im = spectrum_[2 * i + 1];
    power[i] = re * re + im * im;
  }
}

}  // namespace moonlet::dsp
