// dsp/mel.h - the mel scale, and triangular filters that are evenly spaced on it.
//
// Two scales: HTK's, 2595 log10(1 + f / 700), and that of Slaney's Auditory Toolbox, linear
// below 1 kHz and logarithmic above.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dsp/arena.h"
#include "dsp/mel_kernels.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

enum class MelScale : uint8_t { kHtk, kSlaney };
double HzToMel(MelScale scale, double hz);
double MelToHz(MelScale scale, double mel);

struct MelSpec {
  double sample_rate = 16000;
  int fft = 512;  // length of the transform
  int mels = 40;
  double low = 0;  // Hz: where the first filter starts and the last one ends
  double high = 8000;
  MelScale scale = MelScale::kHtk;
  bool area = false;  // each filter divided by half its width in Hz

  size_t bins() const { return static_cast<size_t>(fft / 2 + 1); }
};
// Refuses what makes no filters: an order of low and high, one of them outside of 0 Hz to half
// the sample rate.
Status CheckMel(const MelSpec& spec);
// The corner i of the filters, in Hz: filter i rises from i to i + 1 and falls to i + 2.
double MelCorner(const MelSpec& spec, int i);

// The filters' weights where they are not 0.
class MelBank {
 public:
  MelBank(Arena& arena, const MelSpec& spec);
  // energies[i] = the sum of weight * power (dsp/mel_kernels.h), which are finite; reads
  // kMelLanes - 1 powers behind the last bin. Inside of a FlushDenormals.
  void Apply(const float* power, float* energies) const;
  // Row-major {mels, bins}.
  void Spread(float* matrix) const;

 private:
  size_t mels_;
  size_t bins_;
  MelFilter* filters_;
  float* weights_;
};

}  // namespace moonlet::dsp
