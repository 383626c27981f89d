// dsp/spectra.h - spectra of overlapping segments: what welch, stft and their kin share.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/fft.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

enum class Detrend { kNone, kConstant, kLinear };
// Takes the mean, or the line of least squares, from x in place; sums in double, in order.
void RemoveTrend(Detrend kind, std::span<float> x);

// Segments of a signal that is zero on either side.
struct Segments {
  std::span<const float> x;
  std::ptrdiff_t first;  // where segment 0 begins; may be negative
  size_t hop;
  size_t count;
  Detrend detrend;
  const float* window;  // `length` factors
  size_t length;        // <= plan->size()
  RealFftPlan* plan;
  float* frame;  // room for `length`

  // The transform of a segment, detrended, times the window, continued with zeros.
  void Spectrum(size_t segment, float* bins) const;
};

// The average over all segments of the cross spectra conj(a) b times `scale`, and twice that where
// the other half of the spectrum is left out: all but bin 0 and, for an even size, the last. Both
// have one plan and as many segments. The average is the mean, or the median of real and of
// imaginary parts over its bias for noise (as scipy.signal.csd has it).
struct CrossSpectra {
  Segments a, b;
  double scale;
  bool median;
  float* bins;   // room for 4 * plan->bins() numbers
  double* room;  // RoomFor() numbers

  size_t RoomFor() const { return (median ? 2 * a.count : 2) * a.plan->bins(); }
  // Spectra of one segment, `step` numbers from bin to bin.
  void Segment(size_t segment, size_t step, double* re, double* im) const;
  // Runs inside of a FlushDenormals.
  Status Average(const StopToken& stop, double* re, double* im) const;
};

}  // namespace moonlet::dsp
