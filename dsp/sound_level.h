// dsp/sound_level.h - how loud a sound is, in decibel: the level of IEC 61672-1, its mean square
// weighted by frequency and, exponentially, by time.
#pragma once
#include <span>

#include "dsp/recursive.h"

namespace moonlet::dsp {

struct SoundLevelSpec {
  double sample_rate = 16000;
  std::span<const RunningSection> weighting;  // none: Z
  double time_constant = 0.125;               // seconds; 0.125 is "fast", 1 "slow"
  double reference = 1;                       // the RMS of 0 dB
  int hop = 1600;                             // samples from one level to the next
};

// Float32 samples in, a level per hop out; -infinity for silence.
class SoundLevel final : public Block {
 public:
  SoundLevel(Arena& arena, const SoundLevelSpec& spec);

  Port input() const override { return {}; }
  Port output() const override { return {}; }
  Rate rate() const override { return {1, static_cast<uint32_t>(hop_)}; }
  double sample_rate() const override { return sample_rate_; }
  size_t CountOutput(size_t count) const override { return (taken_ + count) / hop_; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void Follow(const float* weighted, size_t count);
  float Level() const;

  double sample_rate_;
  size_t hop_;
  float part_;
  double offset_;  // decibel
  bool weighs_;
  Cascade weighting_;
  float mean_square_ = 0;
  size_t taken_ = 0;  // samples since the last level
};

}  // namespace moonlet::dsp
