// dsp/bessel_roots.h - the poles of Bessel filters.
#pragma once
#include "dsp/zpk.h"

namespace moonlet::dsp {

// Adds the roots of the reverse Bessel polynomial of degree n, which are the poles of an analog
// filter whose delay is 1 second at low frequencies. Requires 1 <= n <= 32.
void AddBesselRoots(int n, Roots* roots);

}  // namespace moonlet::dsp
