#include "engine/kernels/signal_noise.h"

#include <algorithm>
#include <bit>

#include "engine/kernels/fixed_point.h"

namespace moonlet {

void SubtractNoise(const SpectralSubtractionParams& p, const uint32_t* input, int32_t channels,
                   uint32_t* estimate, uint32_t* output, uint32_t* noise) {
  for (int32_t i = 0; i < channels; ++i) {
    const uint32_t signal = input[i] << p.smoothing_bits;
    const uint64_t mixed = uint64_t{signal} * p.take[i % 2] + uint64_t{estimate[i]} * p.keep[i % 2];
    const auto smooth = static_cast<uint32_t>(mixed >> p.bits);
    const uint32_t subtracted = std::min(smooth, signal);
    const auto least = static_cast<uint32_t>((uint64_t{input[i]} * p.least_signal) >> p.bits);
    estimate[i] = p.clamping ? subtracted : smooth;
    noise[i] = estimate[i];
    output[i] = std::max((signal - subtracted) >> p.smoothing_bits, least);
  }
}

int16_t PcanGain(Unaligned<int16_t> table, uint32_t noise) {
  if (noise <= 2) return table[static_cast<int32_t>(noise)];
  const int bits = std::bit_width(noise);
  const Unaligned<int16_t> parabola = table + (4 * bits - 6);
  // How far between two powers of two, in 10 bits.
  const uint32_t scaled = bits < 11 ? noise << (11 - bits) : noise >> (bits - 11);
  const auto x = static_cast<int32_t>(scaled & 1023);
  const int32_t slope = ((parabola[2] * x) >> 5) + parabola[1] * 32;
  const int32_t rise = WrapAdd(WrapMul(slope, x), 1 << 14) >> 15;
  return static_cast<int16_t>(rise + parabola[0]);
}

void NormalizePcan(Unaligned<int16_t> table, int snr_shift, const uint32_t* input,
                   const uint32_t* noise, int32_t channels, uint32_t* output) {
  constexpr uint32_t kTwo = 2 << 12;
  for (int32_t i = 0; i < channels; ++i) {
    const auto gain = static_cast<uint32_t>(PcanGain(table, noise[i]));
    const auto snr = static_cast<uint32_t>((uint64_t{input[i]} * gain) >> snr_shift);
    output[i] = snr < kTwo ? (snr * snr) >> 20 : (snr >> 6) - 64;
  }
}

}  // namespace moonlet
