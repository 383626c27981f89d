// dsp/biquad.h - single second-order sections, and the weighting curves of sound levels.
#pragma once
#include "dsp/zpk.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// Frequencies are fractions of half the sample rate, between 0 and 1; kInvalid for others and
// for a quality that is not above 0.

// One frequency taken out, or alone let through; -3 dB a width of frequency / q. After
// S. J. Orfanidis, "Introduction to Signal Processing", 1996 (scipy.signal.iirnotch, iirpeak).
Status DesignNotch(double frequency, double q, Section* section);
Status DesignPeak(double frequency, double q, Section* section);

enum class Cookbook : uint8_t {
  kLowpass,
  kHighpass,
  kBandpass,  // 0 dB at its frequency
  kNotch,
  kAllpass,
  kPeaking,
  kLowshelf,
  kHighshelf,
};
// R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
// `gain_db` counts for kPeaking and the shelves.
Status DesignCookbook(Cookbook kind, double frequency, double q, double gain_db, Section* section);

enum class Weighting : uint8_t { kA, kC };
inline constexpr int kWeightingSections = 3;  // at most
// The curves of IEC 61672-1 by the bilinear transform, 0 dB at 1 kHz: exact at low
// frequencies, low towards half the sample rate (hertz, above 2000).
Status DesignWeighting(Weighting curve, double sample_rate, Zpk* filter);

}  // namespace moonlet::dsp
