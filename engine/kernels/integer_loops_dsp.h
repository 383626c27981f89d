// engine/kernels/integer_loops_dsp.h - integer_loops.h by the DSP extension, for cores that have it
// and no Helium.
#pragma once
#include "engine/kernels/integer_loops.h"

namespace moonlet::armdsp {

// The scalar loops but those that the extension makes faster.
const IntegerLoops& Loops();

}  // namespace moonlet::armdsp
