#include "dsp/mel.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// Slaney's: 66.7 Hz per mel up to 15 mel; from there 27 mel for a factor of 6.4.
constexpr double kLinear = 200.0 / 3;
constexpr double kBreakHz = 1000;
constexpr double kBreakMel = 15;
double LogStep() { return moonlet_log(6.4) / 27; }

struct Triangle {
  double left, top, right;  // Hz
  double gain;

  double At(double hz) const {
    return std::max(0.0, std::min((hz - left) / (top - left), (right - hz) / (right - top))) * gain;
  }
};

Triangle TriangleOf(const MelSpec& spec, int i) {
  const double left = MelCorner(spec, i);
  const double right = MelCorner(spec, i + 2);
  return {left, MelCorner(spec, i + 1), right, spec.area ? 2 / (right - left) : 1};
}

// The bins from the first that lies inside of the triangle to the last.
struct Range {
  uint32_t first = 0;
  uint32_t count = 0;
};
Range RangeOf(const MelSpec& spec, const Triangle& triangle) {
  const double spacing = spec.sample_rate / spec.fft;
  const auto most = static_cast<double>(spec.bins());
  const double first = std::floor(triangle.left / spacing) + 1;
  const double end = std::min(std::ceil(triangle.right / spacing), most);
  if (first >= end) return {};
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(end - first)};
}

uint32_t Padded(uint32_t weights) {
  constexpr uint32_t kLanes = kMelLanes;
  return (weights + kLanes - 1) / kLanes * kLanes;
}

}  // namespace

double HzToMel(MelScale scale, double hz) {
  if (scale == MelScale::kHtk) return 2595 * moonlet_log10(1 + hz / 700);
  if (hz < kBreakHz) return hz / kLinear;
  return kBreakMel + moonlet_log(hz / kBreakHz) / LogStep();
}

double MelToHz(MelScale scale, double mel) {
  if (scale == MelScale::kHtk) return 700 * (moonlet_pow(10, mel / 2595) - 1);
  if (mel < kBreakMel) return mel * kLinear;
  return kBreakHz * moonlet_exp(LogStep() * (mel - kBreakMel));
}

Status CheckMel(const MelSpec& spec) {
  const double half = spec.sample_rate / 2;
  if (!(spec.low >= 0 && spec.low < spec.high && spec.high <= half))
    return Status::Invalid("0 <= fmin < fmax <= %g Hz expected, got %g and %g", half, spec.low,
                           spec.high);
  return Status();
}

double MelCorner(const MelSpec& spec, int i) {
  const double low = HzToMel(spec.scale, spec.low);
  const double high = HzToMel(spec.scale, spec.high);
  return MelToHz(spec.scale, i > spec.mels ? high : low + i * ((high - low) / (spec.mels + 1)));
}

MelBank::MelBank(Arena& arena, const MelSpec& spec)
    : mels_(static_cast<size_t>(spec.mels)),
      bins_(spec.bins()),
      filters_(arena.Take<MelFilter>(mels_)) {
  size_t count = 0;
  for (int i = 0; i < spec.mels; ++i) count += Padded(RangeOf(spec, TriangleOf(spec, i)).count);
  weights_ = arena.Take<float>(count);
  if (arena.counting()) return;
  float* weights = weights_;
  for (int i = 0; i < spec.mels; ++i) {
    const Triangle triangle = TriangleOf(spec, i);
    const Range range = RangeOf(spec, triangle);
    filters_[i] = {range.first, Padded(range.count)};
    for (uint32_t k = 0; k < Padded(range.count); ++k) {
      const double hz = (range.first + k) * spec.sample_rate / spec.fft;
      weights[k] = k < range.count ? static_cast<float>(triangle.At(hz)) : 0;
    }
    weights += Padded(range.count);
  }
}

void MelBank::Apply(const float* power, float* energies) const {
  Mels().gather(filters_, mels_, weights_, power, energies);
}

void MelBank::Spread(float* matrix) const {
  std::fill(matrix, matrix + mels_ * bins_, 0.0f);
  const float* weights = weights_;
  for (size_t i = 0; i < mels_; ++i) {
    const MelFilter filter = filters_[i];
    const size_t bins = std::min<size_t>(filter.weights, bins_ - filter.first_bin);
    std::copy_n(weights, bins, matrix + i * bins_ + filter.first_bin);
    weights += filter.weights;
  }
}

}  // namespace moonlet::dsp
