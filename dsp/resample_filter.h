// dsp/resample_filter.h - the filter of a change of rate, as scipy.signal.resample_poly and
// decimate make it: a sinc cut off at the lower of the two rates, under a window.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/window.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// scipy.signal.firwin(taps.size(), cutoff, window): a low-pass whose gain at 0 is 1. `cutoff` is
// a fraction of Nyquist.
Status LowPass(const WindowSpec& window, double cutoff, std::span<double> taps) noexcept;

// Up by `up` and down by `down`, 10 zero crossings to each side, Kaiser's window with beta 5.
size_t ResampleLength(uint32_t up, uint32_t down);
// Fills ResampleLength taps, which are times `up`, rounded to float32 once. `work` is as long.
Status ResampleTaps(uint32_t up, uint32_t down, std::span<double> work,
                    std::span<float> taps) noexcept;

}  // namespace moonlet::dsp
