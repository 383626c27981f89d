// dsp/pitch.h - the fundamental frequency of a voice or an instrument: YIN (de Cheveigne and
// Kawahara, YIN, a fundamental frequency estimator for speech and music, 2002).
#pragma once
#include "dsp/arena.h"
#include "dsp/block.h"
#include "dsp/frame_buffer.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

struct PitchSpec {
  double sample_rate = 16000;
  int window = 1024;  // samples in a frame
  int hop = 160;
  double low = 80;  // Hz
  double high = 500;
  double threshold = 0.1;  // of the normalised difference

  size_t shortest() const { return static_cast<size_t>(sample_rate / high); }
  size_t longest() const { return static_cast<size_t>(sample_rate / low) + 1; }
};

// Float32 samples in; {frequency, aperiodicity} per hop out. The frequency is 0 where nothing
// repeats; the aperiodicity is 0 for what repeats exactly, about 1 for noise.
class PitchTracker final : public Block {
 public:
  // Refuses frequencies out of order, and a window of less than two of the longest periods.
  static Status Check(const PitchSpec& spec);
  PitchTracker(Arena& arena, const PitchSpec& spec);

  Port input() const override { return {}; }
  Port output() const override { return {DType::kFloat32, 2}; }
  Rate rate() const override { return {1, static_cast<uint32_t>(spec_.hop)}; }
  double sample_rate() const override { return spec_.sample_rate; }
  double latency() const override { return (spec_.window - 1) / 2.0; }
  size_t CountOutput(size_t count) const override { return frames_.Count(count); }
  size_t piece() const override { return frames_.piece(); }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override { frames_.Reset(); }

 private:
  void MeasureDifferences();
  size_t FindPeriod() const;
  void ComputeFrame(float* out);

  PitchSpec spec_;
  FrameBuffer<float> frames_;
  size_t compared_;  // samples of a frame that are compared with later ones
  float* work_;
  float* normal_;  // [t]: the difference at lag t by the mean of those up to t
};

}  // namespace moonlet::dsp
