// bindings/dsp_frame_options.h - options that blocks over frames of samples share.
#pragma once
#include "bindings/options.h"

namespace moonlet {

// `sample_rate` in hertz.
inline double FrameRateOption(const OptionTable& options, double otherwise) {
  return options.Number("sample_rate", otherwise, 1e-3, 1e9);
}
// A number of samples.
inline int SamplesOption(const OptionTable& options, const char* name, int otherwise,
                         int least = 1) {
  return static_cast<int>(options.Integer(name, otherwise, least, 1 << 20));
}

}  // namespace moonlet
