#include "dsp/power_spectrum.h"

namespace moonlet::dsp {

PowerSpectrum::PowerSpectrum(Arena& arena, int length)
    : length_(length),
      roots_(arena.Take<SignalComplex<float>>(RfftRoots(length))),
      spectrum_(arena.Take<SignalComplex<float>>(static_cast<size_t>(length / 2 + 1))) {
  if (!arena.counting()) MakeRfftRoots(length, FourierDirection::kForward, roots_);
}

void PowerSpectrum::Compute(const float* frame, size_t samples, float* power) const {
  Rfft(length_, roots_, frame, static_cast<int32_t>(samples), spectrum_);
  for (int i = 0; i <= length_ / 2; ++i)
    power[i] = spectrum_[i].re * spectrum_[i].re + spectrum_[i].im * spectrum_[i].im;
}

}  // namespace moonlet::dsp
