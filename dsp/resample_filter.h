// dsp/resample_filter.h - the filter of a change of rate, as scipy.signal.resample_poly makes it:
// a sinc cut off at the lower of the two rates, 10 zero crossings to each side, under Kaiser's
// window with beta 5.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// How many taps: 1 where the rate stays. Requires up and down without a common factor.
size_t ResampleLength(uint32_t up, uint32_t down);
// Fills as many: times `up`, rounded to float32 once. `work` is as long.
Status ResampleTaps(uint32_t up, uint32_t down, std::span<double> work, std::span<float> taps,
                    const StopToken& stop) noexcept;

}  // namespace moonlet::dsp
