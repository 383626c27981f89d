#include "dsp/changes.h"

#include <algorithm>
#include <cmath>

namespace moonlet::dsp {

void Preemphasis(const float* x, size_t n, float part, float last, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = x[i] - part * (i == 0 ? last : x[i - 1]);
}

void Deltas(const float* x, size_t frames, size_t width, size_t reach, float* out,
            const StopToken& stop) {
  float squares = 0;
  for (size_t k = 1; k <= reach; ++k) squares += static_cast<float>(k * k);
  for (size_t t = 0; t < frames && !stop.raised(); ++t)
    for (size_t i = 0; i < width; ++i) {
      float sum = 0;
      for (size_t k = 1; k <= reach; ++k) {
        const float after = x[std::min(t + k, frames - 1) * width + i];
        const float before = x[(t < k ? 0 : t - k) * width + i];
        sum += static_cast<float>(k) * (after - before);
      }
      out[t * width + i] = sum / (2 * squares);
    }
}

void SpectralFlux(const float* x, size_t frames, size_t width, float* out, const StopToken& stop) {
  for (size_t t = 0; t < frames && !stop.raised(); ++t) {
    float sum = 0;
    for (size_t i = 0; t > 0 && i < width; ++i) {
      const float rise = x[t * width + i] - x[(t - 1) * width + i];
      sum += rise * rise;
    }
    out[t] = std::sqrt(sum);
  }
}

void OnsetStrength(const float* x, size_t frames, size_t width, size_t lag, float* out,
                   const StopToken& stop) {
  for (size_t t = 0; t < frames && !stop.raised(); ++t) {
    float sum = 0;
    for (size_t i = 0; t >= lag && i < width; ++i) {
      const float rise = x[t * width + i] - x[(t - lag) * width + i];
      if (!(rise <= 0)) sum += rise;
    }
    out[t] = sum / static_cast<float>(width);
  }
}

}  // namespace moonlet::dsp
