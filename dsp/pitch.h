// dsp/pitch.h - the fundamental frequency of a frame: YIN (de Cheveigne and Kawahara, YIN, a
// fundamental frequency estimator for speech and music, 2002).
#pragma once
#include <cstddef>

#include "engine/base/stop_token.h"

namespace moonlet::dsp {

struct YinSpec {
  size_t shortest = 2;     // period in samples, at least 2
  size_t longest = 2;      // more than `shortest`
  double threshold = 0.1;  // of the normalised difference
};
// A frame has as many samples as the longest period, plus the `window` that is compared.
struct YinResult {
  double period = 0;       // in samples; 0 when none is below the threshold
  double aperiodicity = 1; // the normalised difference there, or the smallest one
};
// `work` holds window + longest + 2 values. Inside of a FlushDenormals.
YinResult Yin(const YinSpec& spec, const float* frame, size_t window, float* work,
              const StopToken& stop);

}  // namespace moonlet::dsp
