#include "engine/tensor/decimal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace moonlet {
namespace decimal_test {

std::string Text(const Decimal& d) {
  return (d.negative ? "-" : "") + std::string(d.digits, static_cast<size_t>(d.count)) + "e" +
         std::to_string(d.exponent);
}

TEST(Decimal, FindsTheFewestDigits) {
  EXPECT_EQ(Text(ShortestDecimal(0.1f)), "1e-1");
  EXPECT_EQ(Text(ShortestDecimal(-1 / 3.f)), "-33333334e-1");
  EXPECT_EQ(Text(ShortestDecimal(16777216.f)), "16777216e7");
  EXPECT_EQ(Text(ShortestDecimal(1e-45f)), "1e-45");
  EXPECT_EQ(Text(ShortestDecimal(std::numeric_limits<float>::max())), "34028235e38");
  EXPECT_EQ(Text(ShortestDecimal(0.1)), "1e-1");
  EXPECT_EQ(Text(ShortestDecimal(0.1 + 0.2)), "30000000000000004e-1");
  EXPECT_EQ(Text(ShortestDecimal(5e-324)), "5e-324");
  EXPECT_EQ(Text(ShortestDecimal(-0.0)), "-0e0");
}

TEST(Decimal, RoundsCorrectly) {
  EXPECT_EQ(Text(RoundedDecimal(0.125, 2)), "12e-1");  // a tie goes to even
  EXPECT_EQ(Text(RoundedDecimal(9.9996, 4)), "1e1");
  EXPECT_EQ(Text(RoundedDecimal(1.0f / 3, 9)), "333333343e-1");
}

// std::to_chars, which the device's library lacks, promises the shortest text too.
TEST(Decimal, ReadsBackAndIsAsShortAsToChars) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20000; ++round) {
    const auto bits = static_cast<uint32_t>(random());
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    const std::string text = Text(ShortestDecimal(value));
    const size_t e = text.find('e');
    const Decimal d = ShortestDecimal(value);
    const std::string read = text.substr(0, e) + "e" + std::to_string(d.exponent - d.count + 1);
    EXPECT_EQ(std::strtof(read.c_str(), nullptr), value);
    char reference[64];
    *std::to_chars(reference, reference + 63, value, std::chars_format::scientific).ptr = '\0';
    const std::string mantissa = std::string(reference).substr(0, std::strcspn(reference, "e"));
    const auto digits = std::count_if(mantissa.begin(), mantissa.end(), ::isdigit);
    EXPECT_EQ(d.count, digits) << reference;
  }
}

}  // namespace decimal_test
}  // namespace moonlet
