// dsp/audio_frontend.h - the audio front end of TensorFlow Lite Micro: log mel energies in
// fixed point, with noise taken away and gains set per channel.
//
// The steps are the Signal* operators' own kernels (engine/kernels/signal_*.h), in the order of
// the audio_preprocessor models, so the features are theirs bit for bit.
#pragma once
#include "dsp/block.h"
#include "dsp/frame_buffer.h"
#include "engine/base/status.h"
#include "engine/kernels/signal_filter_bank.h"
#include "engine/kernels/signal_noise.h"
#include "engine/kernels/signal_rfft.h"

namespace moonlet::dsp {

struct AudioFrontendSpec {
  double sample_rate = 16000;
  int window = 480;  // samples, 33 to kMaxRfftLength
  int hop = 320;
  int channels = 40;
  double low = 125;  // Hz
  double high = 7500;
  double even_smoothing = 0.025;  // of the noise estimate, of channels 1, 3, ...
  double odd_smoothing = 0.06;    // of channels 2, 4, ...
  double least_signal = 0.05;     // that remains when noise is taken away
  double gain_strength = 0.95;    // of the per-channel normalisation; 0: none
  double gain_offset = 80;
  int gain_bits = 21;
  int log_shift = 6;         // the logarithm has so many bits behind its point
  bool float_input = false;  // samples from -1 to 1 instead of int16
  // int8: as micro_speech and microWakeWord take them; int16: as they are; float32: divided by
  // 25.6.
  DType output = DType::kInt8;
};

class AudioFrontend final : public Block {
 public:
  // Refuses limits outside of 0 Hz to half the sample rate, and gains too coarse for the window.
  static Status Check(const AudioFrontendSpec& spec);
  // Requires a spec that passes Check.
  AudioFrontend(Arena& arena, const AudioFrontendSpec& spec);

  Port input() const override { return {spec_.float_input ? DType::kFloat32 : DType::kInt16, 1}; }
  Port output() const override { return {spec_.output, static_cast<size_t>(spec_.channels)}; }
  Rate rate() const override { return {1, static_cast<uint32_t>(spec_.hop)}; }
  double sample_rate() const override { return spec_.sample_rate; }
  double latency() const override { return (spec_.window - 1) / 2.0; }
  size_t CountOutput(size_t count) const override { return frames_.Count(count); }
  size_t piece() const override { return frames_.piece(); }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void FillWindow();
  void FillBands();
  void FillGains();
  size_t TakeSamples(const int16_t* samples, size_t count, unsigned char* out);
  void ComputeFrame();
  void Store(void* out) const;

  AudioFrontendSpec spec_;
  int fft_;
  int correction_bits_;
  int first_bin_ = 0;
  int end_bin_ = 0;
  SpectralSubtractionParams subtraction_;
  FrameBuffer<int16_t> frames_;
  int16_t* window_;
  int16_t* frame_;
  ComplexS16* roots_;
  ComplexS16* spectrum_;
  uint32_t* energy_;
  FilterBand* bands_;
  int16_t* weights_;
  int16_t* unweights_;
  uint64_t* sums_;
  uint32_t* signal_;
  uint32_t* estimate_;
  uint32_t* noise_;
  int16_t* gains_;
  int16_t* features_;
};

}  // namespace moonlet::dsp
