// dsp/waveform.h - numbers that describe the shape of a signal in time. All are computed in
// double, in the order of the samples. Each requires one sample or more unless it says otherwise.
#pragma once
#include "dsp/row.h"

namespace moonlet::dsp {

double Rms(const Row& x);
// The largest magnitude by the RMS; NaN for silence.
double CrestFactor(const Row& x);
// The fourth moment by the square of the second, less 3: 0 for a normal distribution; NaN for a
// constant. Biased, as SciPy's kurtosis is unless told otherwise; skewness the same.
double Kurtosis(const Row& x);
double Skewness(const Row& x);
double PeakToPeak(const Row& x);
// Neighbours with different signs; 0 is positive, -0 negative. Any length.
double ZeroCrossings(const Row& x);

// B. Hjorth, EEG analysis based on time domain properties, 1970.
struct HjorthParameters {
  double activity;    // the variance
  double mobility;    // the deviation of the differences by that of the samples
  double complexity;  // the mobility of the differences by that of the samples
};
// Requires three samples or more.
HjorthParameters Hjorth(const Row& x);

}  // namespace moonlet::dsp
