#include "dsp/sound_level.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::dsp {

SoundLevel::SoundLevel(Arena& arena, const SoundLevelSpec& spec)
    : sample_rate_(spec.sample_rate),
      hop_(static_cast<size_t>(spec.hop)),
      part_(static_cast<float>(-moonlet_expm1(-1 / (spec.time_constant * spec.sample_rate)))),
      offset_(20 * moonlet_log10(spec.reference)),
      weighs_(!spec.weighting.empty()),
      weighting_(arena, {.sections = spec.weighting, .sample_rate = spec.sample_rate}) {}

size_t SoundLevel::Push(const void* in, size_t count, void* out) {
  constexpr size_t kPiece = 64;
  float weighted[kPiece];
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  size_t levels = 0;
  while (count > 0) {
    const size_t n = std::min({kPiece, count, hop_ - taken_});
    if (weighs_) weighting_.Push(x, n, weighted);
    Follow(weighs_ ? weighted : x, n);
    taken_ += n;
    x += n;
    count -= n;
    if (taken_ < hop_) continue;
    taken_ = 0;
    y[levels++] = Level();
  }
  return levels;
}

void SoundLevel::Follow(const float* weighted, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    mean_square_ += part_ * (weighted[i] * weighted[i] - mean_square_);
    if (mean_square_ < 0x1p-100f) mean_square_ = 0;
  }
}

float SoundLevel::Level() const {
  return static_cast<float>(10 * moonlet_log10(static_cast<double>(mean_square_)) - offset_);
}

void SoundLevel::Reset() {
  weighting_.Reset();
  mean_square_ = 0;
  taken_ = 0;
}

}  // namespace moonlet::dsp
