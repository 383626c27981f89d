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

Status PitchTracker::Check(const PitchSpec& spec) {
  if (!(spec.low < spec.high && spec.high <= spec.sample_rate / 2))
    return Status::Invalid("fmin < fmax <= %g Hz expected, got %g and %g", spec.sample_rate / 2,
                           spec.low, spec.high);
  if (static_cast<size_t>(spec.window) < 2 * spec.longest())
    return Status::Invalid("a window of at least %d samples expected for %g Hz, got %d",
                           static_cast<int>(2 * spec.longest()), spec.low, spec.window);
  return Status();
}

PitchTracker::PitchTracker(Arena& arena, const PitchSpec& spec)
    : spec_(spec),
      frames_(arena, static_cast<size_t>(spec.window), static_cast<size_t>(spec.hop)),
      compared_(static_cast<size_t>(spec.window) - spec.longest()),
      work_(arena.Take<float>(compared_)),
      normal_(arena.Take<float>(spec.longest() + 1)) {}

size_t PitchTracker::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  size_t results = 0;
  for (; frames_.Take(x, count); ++results) {
    ComputeFrame(y + 2 * results);
    frames_.Advance();
  }
  return results;
}

void PitchTracker::MeasureDifferences() {
  const float* x = frames_.frame();
  float sum = 0;
  normal_[0] = 1;
  for (size_t t = 1; t <= spec_.longest(); ++t) {
    const float d = SquaredDifference(x, x + t, compared_, work_);
    sum += d;
    normal_[t] = sum > 0 ? d * static_cast<float>(t) / sum : 1.0f;
  }
}

// The first lag below the threshold, on to the lowest point; else the lowest of all.
size_t PitchTracker::FindPeriod() const {
  const size_t end = spec_.longest();
  size_t lowest = spec_.shortest();
  for (size_t t = lowest; t < end; ++t) {
    if (normal_[t] < static_cast<float>(spec_.threshold)) {
      while (t + 1 < end && normal_[t + 1] < normal_[t]) ++t;
      return t;
    }
    if (normal_[t] < normal_[lowest]) lowest = t;
  }
  return lowest;
}

void PitchTracker::ComputeFrame(float* out) {
  MeasureDifferences();
  const size_t t = FindPeriod();
  const bool repeats = normal_[t] < static_cast<float>(spec_.threshold);
  const float period = static_cast<float>(t) + Vertex(normal_[t - 1], normal_[t], normal_[t + 1]);
  out[0] = repeats ? static_cast<float>(spec_.sample_rate) / period : 0.0f;
  out[1] = normal_[t];
}

}  // namespace moonlet::dsp
