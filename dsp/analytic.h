// dsp/analytic.h - what a spectrum shows of single tones: analytic signals, Goertzel's sums, the
// chirp transform.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/fft.h"

namespace moonlet::dsp {

// The analytic signal of n = plan.size() samples, as scipy.signal.hilbert: bins of negative
// frequency become 0, those of positive double. z has n complex numbers; inside of a
// FlushDenormals.
void Analytic(const float* x, FftPlan& plan, float* z);

// The sum of x[i] e^(-i turns i 2 pi), by Goertzel's (1958) recursion in double.
void Goertzel(std::span<const float> x, double turns, double* re, double* im);

// X[k] = sum of x[j] a^-j w^(j k), k < points (Rabiner, Schafer and Rader 1969), as a convolution
// with a chirp: w and a given by the logarithms of their size and their angles in turns.
struct ChirpPoint {
  double log_size = 0;
  double turns = 0;
};
struct ChirpTransform {
  size_t n;
  size_t points;
  ChirpPoint w, a;
  // For the filter and the signal while they are transformed.
  size_t Floats() const { return 4 * Length(); }
  size_t Length() const;  // of the plan that Run takes
  // x: n complex numbers; y: `points` of them.
  void Run(const float* x, FftPlan& plan, float* memory, float* y) const;
};

}  // namespace moonlet::dsp
