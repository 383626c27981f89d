// dsp/section.h - second-order sections as scripts and designs give them.
#pragma once
#include <span>

#include "dsp/filter_kernels.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// Sections from rows b0, b1, b2, a0, a1, a2, divided by a0 and rounded once, with states of 0.
// kInvalid names the first with an a0 of 0 or a coefficient that is no number.
Status SectionsFrom(std::span<const double> rows, std::span<Section> sections);

// Sets the states to where an input of 1 for ever has brought them, as scipy.signal.sosfilt_zi.
// kInvalid names a section with a pole at 1, which never comes to rest.
Status SettleAtOne(std::span<Section> sections);

}  // namespace moonlet::dsp
