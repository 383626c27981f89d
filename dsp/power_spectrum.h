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
  // The length / 2 + 1 powers of a frame of `length` samples. Out of line, inside of a
  // FlushDenormals.
  void Compute(const float* frame, float* power);

 private:
  RealFftPlan plan_;
  float* spectrum_;
};

}  // namespace moonlet::dsp
