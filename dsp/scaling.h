// dsp/scaling.h - how the gain of a cascade is shared out between its sections.
#pragma once
#include <span>

#include "dsp/zpk.h"

namespace moonlet::dsp {

// Doubles of scratch that ScaleSections takes for n sections.
constexpr size_t ScalingScratch(size_t n) { return 2 * (512 + n); }

// Moves gain between sections so that, up to each but the last, the loudest frequency comes out
// as loud as it went in: a tone that fits fixed point then fits it on its way (L. B. Jackson,
// "On the interaction of roundoff noise and dynamic range in digital filters", 1970). The
// cascade stays the same filter. Looks at 512 frequencies and at the poles' own; what is silent
// or infinite at all of them stays as it is.
void ScaleSections(std::span<Section> sections, std::span<double> scratch);

}  // namespace moonlet::dsp
