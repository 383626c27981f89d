// dsp/power_spectrum.h - |X|^2 of real frames, in float32.
#pragma once
#include <cstddef>

#include "dsp/arena.h"
#include "dsp/fft.h"

namespace moonlet::dsp {

class PowerSpectrum {
 public:
  // Requires 1 <= length <= kMaxFft.
  PowerSpectrum(Arena& arena, size_t length);
  // The length / 2 + 1 powers of a frame whose samples from `samples` <= length on count as 0.
  // Out of line, inside of a FlushDenormals.
  void Compute(const float* frame, size_t samples, float* power);

 private:
  RealFftPlan plan_;
  float* spectrum_;
};

}  // namespace moonlet::dsp
