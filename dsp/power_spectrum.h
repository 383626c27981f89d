// dsp/power_spectrum.h - |X|^2 of real frames, in float32.
#pragma once
#include <cstddef>

#include "dsp/arena.h"
#include "engine/kernels/signal_rfft.h"

namespace moonlet::dsp {

class PowerSpectrum {
 public:
  // Requires IsRfftLength(length).
  PowerSpectrum(Arena& arena, int length);
  // The length / 2 + 1 powers of a frame whose samples from `samples` on count as 0. Inside of a
  // FlushDenormals.
  void Compute(const float* frame, size_t samples, float* power) const;

 private:
  int length_;
  SignalComplex<float>* roots_;
  SignalComplex<float>* spectrum_;
};

}  // namespace moonlet::dsp
