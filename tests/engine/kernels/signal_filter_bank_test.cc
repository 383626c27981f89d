#include "engine/kernels/signal_filter_bank.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace signal_filter_bank_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

std::vector<uint8_t> AtOddAddress(const std::vector<int16_t>& values) {
  std::vector<uint8_t> bytes(1 + 2 * values.size());
  std::memcpy(bytes.data() + 1, values.data(), 2 * values.size());
  return bytes;
}

TEST(FilterBankU32, AgreesWithSumsIn128Bits) {
  Random random(74);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    std::vector<uint32_t> energy(static_cast<size_t>(random.Int(1, 50)));
    for (uint32_t& e : energy) e = static_cast<uint32_t>(random.engine()());
    std::vector<int16_t> rising(60), falling(60);
    for (int16_t& w : rising) w = static_cast<int16_t>(random.Int(-32768, 32767));
    for (int16_t& w : falling) w = static_cast<int16_t>(random.Int(-32768, 32767));
    const auto bins = static_cast<int32_t>(energy.size());
    std::vector<FilterBand> bands(static_cast<size_t>(random.Int(2, 6)));
    for (FilterBand& band : bands) {
      const int32_t width = random.Int(0, bins);
      band = {static_cast<uint16_t>(random.Int(0, bins - width)),
              static_cast<uint16_t>(random.Int(0, 60 - width)), static_cast<uint16_t>(width)};
    }
    const auto w = AtOddAddress(rising), u = AtOddAddress(falling);
    std::vector<uint64_t> output(bands.size() - 1);
    StopToken stop;
    ASSERT_TRUE(FilterBankU32(bands, energy.data(), Unaligned<int16_t>(w.data() + 1),
                              Unaligned<int16_t>(u.data() + 1), output.data(), stop));
    for (size_t c = 0; c < output.size(); ++c) {
      Wide sum = 0;
      const FilterBand& lower = bands[c];
      const FilterBand& upper = bands[c + 1];
      for (size_t j = 0; j < lower.bins; ++j)
        sum += Wide{falling[lower.first_weight + j]} * energy[lower.first_bin + j];
      for (size_t j = 0; j < upper.bins; ++j)
        sum += Wide{rising[upper.first_weight + j]} * energy[upper.first_bin + j];
      ASSERT_EQ(output[c], static_cast<uint64_t>(sum)) << c;
    }
  }
}

TEST(FilterBankU32, Stops) {
  const FilterBand bands[2] = {{0, 0, 1}, {0, 0, 1}};
  uint64_t output;
  StopToken stop;
  stop.Raise();
  const auto none = Unaligned<int16_t>(bands);
  EXPECT_FALSE(FilterBankU32(bands, nullptr, none, none, &output, stop));
}

// (r - 1/2)^2 <= x <= (r + 1/2)^2, times four; only the largest below 2^32 and 2^64 are cut.
TEST(RoundedRoot, IsTheNearestInteger) {
  Random random(75);
  const auto check = [](uint64_t x) {
    const Wide r = RoundedRoot(x);
    const Wide below = 2 * r - 1, above = 2 * r + 1;
    if (r > 0) {
      EXPECT_LE(below * below, 4 * Wide{x}) << x;
    }
    if (r != 0xFFFF && r != 0xFFFFFFFF) {
      EXPECT_GE(above * above, 4 * Wide{x}) << x;
    }
  };
  for (uint64_t x = 0; x < 1000; ++x) check(x);
  for (int round = 0; round < 10 * Rounds(); ++round) check(random.engine()() >> random.Int(0, 63));
  for (int round = 0; round < Rounds(); ++round) {
    const auto r = static_cast<uint64_t>(random.Int(1, 0x7FFFFFFF));
    for (const uint64_t x : {r * r - 1, r * r, r * r + r, r * r + r + 1}) check(x);
  }
  EXPECT_EQ(RoundedRoot(0xFFFFFFFF), 65535u);
  EXPECT_EQ(RoundedRoot(uint64_t{1} << 32), 65536u);
  EXPECT_EQ(RoundedRoot(~uint64_t{0}), 0xFFFFFFFFu);
}

}  // namespace signal_filter_bank_test
}  // namespace moonlet
