// dsp/pcen.h - per-channel energy normalisation: a gain that follows each channel's loudness,
// then a root (Wang et al., Trainable frontend for robust and far-field keyword spotting, 2017).
#pragma once
#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

struct PcenSpec {
  size_t channels = 40;
  double smoothing = 0.025;  // s: M += s (E - M), from the first vector on
  double gain = 0.98;
  double bias = 2;
  double power = 0.5;
  double floor = 1e-6;
};

// (E / (floor + M)^gain + bias)^power - bias^power, in float32.
class Pcen final : public Block {
 public:
  Pcen(Arena& arena, const PcenSpec& spec);

  Port input() const override { return {DType::kFloat32, spec_.channels}; }
  Port output() const override { return input(); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override { started_ = false; }

 private:
  void Smooth(const float* energies);
  void Normalize(const float* energies, float* out) const;

  PcenSpec spec_;
  float root_of_bias_;
  bool started_ = false;
  float* smooth_;
};

}  // namespace moonlet::dsp
