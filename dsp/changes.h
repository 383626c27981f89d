// dsp/changes.h - what happens from one sample to the next, and from one vector of features
// to the next: row-major matrices {frames, width}. Float32, inside of a FlushDenormals; no output
// is the memory of an input. A stop ends early, the rest of the output as it was.
#pragma once
#include <cstddef>

#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// x[i] - part * x[i - 1], where `last` comes before x[0].
void Preemphasis(const float* x, size_t n, float part, float last, float* out);
// The slope of each feature over `reach` frames to both sides, by regression; the first and the
// last frame count for those outside (S. Young et al., The HTK Book, 5.9).
void Deltas(const float* x, size_t frames, size_t width, size_t reach, float* out,
            const StopToken& stop);
// The root of the sum of the squared differences from the frame before; 0 for the first.
void SpectralFlux(const float* x, size_t frames, size_t width, float* out, const StopToken& stop);
// The mean rise over `lag` frames, falls counted as 0; 0 for the first `lag` frames.
void OnsetStrength(const float* x, size_t frames, size_t width, size_t lag, float* out,
                   const StopToken& stop);

}  // namespace moonlet::dsp
