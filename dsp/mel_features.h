// dsp/mel_features.h - log mel energies of overlapping frames, and their cepstrum (MFCC): what
// most models of sound and speech take.
#pragma once
#include <span>

#include "dsp/block.h"
#include "dsp/frame_buffer.h"
#include "dsp/mel.h"
#include "dsp/power_spectrum.h"

namespace moonlet::dsp {

struct MelFeaturesSpec {
  MelSpec mel;
  int window = 480;  // samples, at most mel.fft; the rest of the transform is zeros
  int hop = 160;
  std::span<const double> taper;  // what a frame is multiplied by; read when a block is made
  double pre_emphasis = 0;        // x[n] - this * x[n - 1]; the first sample stays
  double offset = 1e-6;           // log(energy + offset)
  bool log = true;                // else the energies as they are, without offset
  int coefficients = 0;           // of the orthonormal DCT-II of the logarithms; 0: the logarithms
};

// Float32 samples in, a vector of features per hop out.
class MelFeatures final : public Block {
 public:
  // Requires CheckMel(spec.mel), 1 <= window <= mel.fft <= kMaxFft, a taper of `window` values.
  MelFeatures(Arena& arena, const MelFeaturesSpec& spec);

  Port input() const override { return {}; }
  Port output() const override { return {DType::kFloat32, width_}; }
  Rate rate() const override { return {1, static_cast<uint32_t>(spec_.hop)}; }
  double sample_rate() const override { return spec_.mel.sample_rate; }
  double latency() const override { return (spec_.window - 1) / 2.0; }
  size_t CountOutput(size_t count) const override { return frames_.Count(count); }
  size_t piece() const override { return frames_.piece(); }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void FillTables();
  size_t TakeSamples(const float* x, size_t count, float* y);
  void ComputeFrame(float* out);
  void Transform(const float* logs, float* out) const;

  MelFeaturesSpec spec_;
  size_t width_;
  FrameBuffer<float> frames_;
  PowerSpectrum spectrum_;
  MelBank bank_;
  float last_ = 0;  // sample, before pre-emphasis
  float* taper_;
  float* frame_;  // windowed
  float* power_;
  float* logs_;
  float* offset_;   // repeated for each mel
  float* cosines_;  // blocks of 16 coefficients: {blocks, mels, 16}
};

}  // namespace moonlet::dsp
