// dsp/octave_bands.h - octaves and their thirds (IEC 61260-1, base ten).
#pragma once
#include "dsp/row.h"

namespace moonlet::dsp {

// Bands to an octave: 1 or 3. Band 0 is centred on 1 kHz.
double BandCentre(int fraction, int band);
double BandEdge(int fraction, int band);  // lower; the upper is the next band's

// The powers of a spectrum, `spacing` Hz apart from 0 Hz up, that lie from `low` to `high` Hz. A
// bin reaches half its width to both sides and counts by its part inside.
double BandPower(const Row& power, double spacing, double low, double high);

}  // namespace moonlet::dsp
