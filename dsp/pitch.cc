#include "dsp/pitch.h"

#include "engine/kernels/float_kernels.h"

namespace moonlet::dsp {
namespace {

// The sum of (a[i] - b[i])^2 in the lanes of a reduction.
float SquaredDifference(const float* a, const float* b, size_t n, float* work) {
  const FloatKernels<float>& kernels = Kernels<float>();
  float lanes[kLanes] = {};
  kernels.minus(a, b, work, n);
  kernels.add_products(lanes, work, work, n);
  return kernels.sum_lanes(lanes);
}

// How far the lowest point of the parabola through three values lies from the middle one.
float Vertex(float left, float middle, float right) {
  const float bend = left - 2 * middle + right;
  return bend > 0 ? (left - right) / (2 * bend) : 0.0f;
}

}  // namespace

YinResult Yin(const YinSpec& spec, const float* frame, size_t window, float* work,
              const StopToken& stop) {
  // normal[t]: the difference at t by the mean of those up to t.
  float* normal = work + window;
  float sum = 0;
  normal[0] = 1;
  for (size_t t = 1; t <= spec.longest && !stop.raised(); ++t) {
    const float d = SquaredDifference(frame, frame + t, window, work);
    sum += d;
    normal[t] = sum > 0 ? d * static_cast<float>(t) / sum : 1.0f;
  }
  size_t best = spec.shortest;
  bool found = false;
  for (size_t t = spec.shortest; t < spec.longest && !found; ++t) {
    if (normal[t] < normal[best]) best = t;
    if (!(normal[t] < static_cast<float>(spec.threshold))) continue;
    while (t + 1 < spec.longest && normal[t + 1] < normal[t]) ++t;
    best = t;
    found = true;
  }
  const auto aperiodicity = static_cast<double>(normal[best]);
  if (!found) return {0, aperiodicity};
  const float shift = Vertex(normal[best - 1], normal[best], normal[best + 1]);
  return {static_cast<double>(best) + static_cast<double>(shift), aperiodicity};
}

}  // namespace moonlet::dsp
