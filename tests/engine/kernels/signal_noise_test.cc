#include "engine/kernels/signal_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace signal_noise_test {

using reference::FloorDivide;
using reference::Random;
using reference::Rounds;
using reference::Wide;

Wide Modulo(Wide x, int bits) { return x & ((Wide{1} << bits) - 1); }

TEST(SubtractNoise, AgreesWithArithmeticIn128BitsOverFrames) {
  Random random(76);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    SpectralSubtractionParams p = {};
    p.bits = static_cast<uint8_t>(random.Chance(80) ? 14 : random.Int(0, 63));
    p.smoothing_bits = static_cast<uint8_t>(random.Chance(80) ? 10 : random.Int(0, 31));
    p.clamping = random.Chance(50);
    for (int parity = 0; parity < 2; ++parity) {
      p.take[parity] = static_cast<uint32_t>(random.Int(0, 16384));
      p.keep[parity] = 16384 - p.take[parity];
    }
    p.least_signal = static_cast<uint32_t>(random.Int(0, 16384));
    const size_t channels = static_cast<size_t>(random.Int(1, 9));
    std::vector<uint32_t> estimate(channels), input(channels), output(channels), noise(channels);
    std::vector<Wide> expected(channels);
    for (int frame = 0; frame < 6; ++frame) {
      for (uint32_t& x : input)
        x = static_cast<uint32_t>(random.Chance(10) ? random.engine()() : random.Int(0, 99999));
      SubtractNoise(p, input.data(), static_cast<int32_t>(channels), estimate.data(), output.data(),
                    noise.data());
      for (size_t i = 0; i < channels; ++i) {
        const Wide signal = Modulo(Wide{input[i]} << p.smoothing_bits, 32);
        const Wide mixed = Modulo(signal * p.take[i % 2] + expected[i] * p.keep[i % 2], 64);
        const Wide smooth = Modulo(mixed >> p.bits, 32);
        const Wide taken = smooth > signal ? signal : smooth;
        expected[i] = p.clamping ? taken : smooth;
        const Wide least = Modulo((Wide{input[i]} * p.least_signal) >> p.bits, 32);
        const Wide rest = (signal - taken) >> p.smoothing_bits;
        ASSERT_EQ(Wide{noise[i]}, expected[i]) << frame << ", " << i;
        ASSERT_EQ(Wide{output[i]}, rest > least ? rest : least) << frame << ", " << i;
      }
    }
  }
}

// The parabola of the power of two below, in rational arithmetic.
int16_t ExpectedGain(const std::vector<int16_t>& table, uint32_t noise) {
  if (noise < 3) return table[noise];
  int exponent = 31;
  while ((noise >> exponent) == 0) --exponent;
  const auto at = static_cast<size_t>(4 * exponent - 2);
  const Wide x = FloorDivide((Wide{noise} - (Wide{1} << exponent)) * 1024, Wide{1} << exponent);
  const int32_t slope =
      reference::Wrap(FloorDivide(table[at + 2] * x, 32) + Wide{table[at + 1]} * 32);
  const int32_t rise = reference::Wrap(Wide{reference::Wrap(slope * x)} + 16384);
  return static_cast<int16_t>(FloorDivide(rise, 32768) + table[at]);
}

TEST(PcanGain, AgreesWithRationalArithmetic) {
  Random random(77);
  std::vector<int16_t> table(kPcanTable);
  for (int round = 0; round < Rounds(); ++round) {
    for (int16_t& entry : table) entry = static_cast<int16_t>(random.Int(-32768, 32767));
    for (int bits = 0; bits < 32; ++bits) {
      const auto noise = static_cast<uint32_t>(random.engine()()) >> bits;
      ASSERT_EQ(PcanGain(Unaligned<int16_t>(table.data()), noise), ExpectedGain(table, noise))
          << noise;
    }
    ASSERT_EQ(PcanGain(Unaligned<int16_t>(table.data()), 0xFFFFFFFF),
              ExpectedGain(table, 0xFFFFFFFF));
  }
}

TEST(NormalizePcan, CompressesTheRatio) {
  Random random(78);
  std::vector<int16_t> table(kPcanTable);
  for (int round = 0; round < Rounds(); ++round) {
    for (int16_t& entry : table) entry = static_cast<int16_t>(random.Int(-99, 32767));
    const int shift = random.Chance(80) ? 6 : random.Int(0, 63);
    uint32_t input[16], noise[16], output[16];
    for (uint32_t& x : input) x = static_cast<uint32_t>(random.engine()()) >> random.Int(0, 31);
    for (uint32_t& x : noise) x = static_cast<uint32_t>(random.engine()()) >> random.Int(0, 31);
    NormalizePcan(Unaligned<int16_t>(table.data()), shift, input, noise, 16, output);
    for (int i = 0; i < 16; ++i) {
      const Wide gain = Modulo(ExpectedGain(table, noise[i]), 32);
      const Wide snr = Modulo((input[i] * gain) >> shift, 32);
      const Wide expected = snr < 8192 ? snr * snr / 1048576 : snr / 64 - 64;
      ASSERT_EQ(Wide{output[i]}, expected) << i;
    }
  }
}

}  // namespace signal_noise_test
}  // namespace moonlet
