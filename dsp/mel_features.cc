#include "dsp/mel_features.h"

#include <algorithm>
#include <cmath>

#include "dsp/changes.h"
#include "dsp/special.h"
#include "engine/base/libm.h"
#include "engine/kernels/float_kernels.h"

namespace moonlet::dsp {
namespace {

size_t Blocks(size_t coefficients) { return (coefficients + kTile - 1) / kTile; }

// Row k of the orthonormal DCT-II of length n.
double CosineAt(size_t k, size_t i, size_t n) {
  const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n));
  const auto turn = static_cast<double>(k * (2 * i + 1) % (4 * n)) / static_cast<double>(2 * n);
  return scale * moonlet_cos(kPi * turn);
}

}  // namespace

MelFeatures::MelFeatures(Arena& arena, const MelFeaturesSpec& spec)
    : spec_(spec),
      width_(static_cast<size_t>(spec.coefficients > 0 ? spec.coefficients : spec.mel.mels)),
      frames_(arena, static_cast<size_t>(spec.window), static_cast<size_t>(spec.hop)),
      spectrum_(arena, static_cast<size_t>(spec.mel.fft)),
      bank_(arena, spec.mel) {
  const auto mels = static_cast<size_t>(spec.mel.mels);
  taper_ = arena.Take<float>(static_cast<size_t>(spec.window));
  frame_ = arena.Take<float>(static_cast<size_t>(spec.window));
  power_ = arena.Take<float>(spec.mel.bins() + kMelLanes - 1);
  logs_ = arena.Take<float>(mels);
  offset_ = arena.Take<float>(mels);
  cosines_ = arena.Take<float>(Blocks(static_cast<size_t>(spec.coefficients)) * kTile * mels);
  if (!arena.counting()) FillTables();
  spec_.taper = {};
}

void MelFeatures::FillTables() {
  const auto mels = static_cast<size_t>(spec_.mel.mels);
  const auto coefficients = static_cast<size_t>(spec_.coefficients);
  std::transform(spec_.taper.begin(), spec_.taper.end(), taper_,
                 [](double weight) { return static_cast<float>(weight); });
  std::fill_n(power_ + spec_.mel.bins(), kMelLanes - 1, 0.0f);
  std::fill_n(offset_, mels, static_cast<float>(spec_.offset));
  float* cosine = cosines_;
  for (size_t block = 0; block < Blocks(coefficients); ++block)
    for (size_t i = 0; i < mels; ++i)
      for (size_t k = block * kTile; k < (block + 1) * kTile; ++k)
        *cosine++ = k < coefficients ? static_cast<float>(CosineAt(k, i, mels)) : 0.0f;
}

size_t MelFeatures::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  if (spec_.pre_emphasis == 0) return TakeSamples(x, count, y);
  constexpr size_t kPiece = 64;
  float piece[kPiece];
  size_t vectors = 0;
  for (size_t i = 0; i < count; i += kPiece) {
    const size_t n = std::min(kPiece, count - i);
    Preemphasis(x + i, n, static_cast<float>(spec_.pre_emphasis), last_, piece);
    last_ = x[i + n - 1];
    vectors += TakeSamples(piece, n, y + vectors * width_);
  }
  return vectors;
}

void MelFeatures::Reset() {
  frames_.Reset();
  last_ = 0;
}

size_t MelFeatures::TakeSamples(const float* x, size_t count, float* y) {
  size_t vectors = 0;
  while (frames_.Take(x, count)) {
    ComputeFrame(y + vectors * width_);
    frames_.Advance();
    ++vectors;
  }
  return vectors;
}

void MelFeatures::ComputeFrame(float* out) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto window = static_cast<size_t>(spec_.window);
  const auto mels = static_cast<size_t>(spec_.mel.mels);
  kernels.times(frames_.frame(), taper_, frame_, window);
  spectrum_.Compute(frame_, window, power_);
  if (!spec_.log) return bank_.Apply(power_, out);
  bank_.Apply(power_, logs_);
  kernels.plus(logs_, offset_, logs_, mels);
  if (spec_.coefficients == 0) return kernels.log(logs_, out, mels);
  kernels.log(logs_, logs_, mels);
  Transform(logs_, out);
}

// Each coefficient is one chain of fused multiply-adds over the logarithms, in their order.
void MelFeatures::Transform(const float* logs, float* out) const {
  const auto mels = static_cast<size_t>(spec_.mel.mels);
  const float* cosines = cosines_;
  for (size_t first = 0; first < width_; first += kTile) {
    float sums[kTile] = {};
    Kernels<float>().tile({logs, mels}, {cosines, kTile}, {sums, kTile}, 1, mels);
    cosines += mels * kTile;
    std::copy_n(sums, std::min(kTile, width_ - first), out + first);
  }
}

}  // namespace moonlet::dsp
