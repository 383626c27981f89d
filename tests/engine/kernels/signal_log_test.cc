#include "engine/kernels/signal_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace signal_log_test {

using reference::FloorDivide;
using reference::Random;
using reference::Rounds;
using reference::Wide;

// Entry i of the reference's table, from its formula.
Wide Entry(Wide i) {
  if (i > 127) return 0;
  const double x = static_cast<double>(i) / 128;
  return std::lround(65536 * (std::log2(1 + x) - x));
}

int16_t Expected(uint32_t input, int bits, uint32_t scale) {
  constexpr Wide kModulus = Wide{1} << 32;
  const Wide x = (Wide{input} << bits) % kModulus;
  if (x <= 1) return 0;
  int whole = 31;
  while ((x >> whole) == 0) --whole;
  const Wide fraction = (x - (Wide{1} << whole)) * 65536 / (Wide{1} << whole);
  const Wide i = fraction / 512;
  const Wide between = FloorDivide((Entry(i + 1) - Entry(i)) * (fraction % 512), 65536);
  const Wide log2 = Wide{whole} * 65536 + fraction + Entry(i) + between;
  const Wide natural = (45426 * log2 + 32768) / 65536;
  const Wide scaled = (scale * natural + 32768) % kModulus / 65536;
  return static_cast<int16_t>(std::min<Wide>(scaled, 32767));
}

TEST(LogU32, AgreesWithRationalArithmetic) {
  Random random(79);
  for (int round = 0; round < 10 * Rounds(); ++round) {
    const auto input = static_cast<uint32_t>(random.engine()()) >> random.Int(0, 31);
    const int bits = random.Chance(50) ? 3 : random.Int(0, 31);
    const uint32_t scale =
        random.Chance(80) ? 64 : static_cast<uint32_t>(random.engine()()) >> random.Int(0, 31);
    int16_t output;
    LogU32(&input, 1, bits, scale, &output);
    ASSERT_EQ(output, Expected(input, bits, scale)) << input << " " << bits << " " << scale;
  }
}

// A step of the table is 224 / 65536 at most.
TEST(LogU32, IsNearTheLogarithm) {
  for (double x = 2; x < 4e9; x *= 1.01) {
    const auto input = static_cast<uint32_t>(x);
    int16_t output;
    LogU32(&input, 1, 0, 1000, &output);
    EXPECT_NEAR(output, 1000 * std::log(input), 3) << input;
  }
}

}  // namespace signal_log_test
}  // namespace moonlet
