// engine/kernels/signal_noise.h - what is steady in each channel of a filter bank, taken
// away (spectral subtraction) and used to set the gain (per-channel amplitude
// normalisation, PCAN).
#pragma once
#include <cstdint>

#include "engine/kernels/unaligned.h"

namespace moonlet {

struct SpectralSubtractionParams {
  // The estimate's own weight, and that of the new signal: of channels 1, 3, ... and of
  // channels 2, 4, ..., in units of 2^-bits.
  uint32_t keep[2];
  uint32_t take[2];
  uint32_t least_signal;   // what remains at least, in units of 2^-bits
  uint8_t bits;            // below 64
  uint8_t smoothing_bits;  // of the estimate, below its point; below 32
  bool clamping;           // the estimate is never above the signal
  uint8_t unused;
};
// `estimate` is state from frame to frame and starts at 0; its new value goes to `noise` too.
// `output` may be `input`.
void SubtractNoise(const SpectralSubtractionParams& p, const uint32_t* input, int32_t channels,
                   uint32_t* estimate, uint32_t* output, uint32_t* noise);

// The gain is a curve over the noise, given by a table: its value at 0, 1 and 2, then a
// parabola per power of two.
inline constexpr int32_t kPcanTable = 125;
int16_t PcanGain(Unaligned<int16_t> table, uint32_t noise);
// input * gain / 2^snr_shift, compressed: x^2 / 4 below 2, x - 1 above; 12 bits behind the
// point before, 6 after. `output` may be `input`. Requires 0 <= snr_shift <= 63.
void NormalizePcan(Unaligned<int16_t> table, int snr_shift, const uint32_t* input,
                   const uint32_t* noise, int32_t channels, uint32_t* output);

}  // namespace moonlet
