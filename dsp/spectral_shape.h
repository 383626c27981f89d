// dsp/spectral_shape.h - numbers that describe the shape of a spectrum, one value per bin from
// 0 Hz up. All are computed in double, in the order of the bins.
#pragma once
#include "dsp/row.h"

namespace moonlet::dsp {

// The mean frequency, weighted by the values; NaN when they sum to 0. `spacing`: Hz per bin.
double SpectralCentroid(const Row& spectrum, double spacing);
// The deviation from it, weighted alike.
double SpectralBandwidth(const Row& spectrum, double spacing);
// The frequency of the first bin where the values up to it reach `part` of their sum.
double SpectralRolloff(const Row& spectrum, double spacing, double part);
// The geometric by the arithmetic mean of powers, each taken as 1e-10 at least: 1 for white
// noise, near 0 for a tone.
double SpectralFlatness(const Row& power);

}  // namespace moonlet::dsp
