// Numbers as text and back, against the C library of the host.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/vm/runtime_fixture.h"

#if !defined(MOONLET_SYSTEM_LUA)
extern "C" {
int moonlet_number2strx(char* buffer, const char* format, double value);
double moonlet_strx2number(const char* text, char** end);
}

namespace moonlet {
namespace numbers_test {

// Zeros, denormals, the ends of ranges, ties at every place, and random bit patterns.
std::vector<double> Values() {
  std::vector<double> values = {0.0,
                                -0.0,
                                1.0,
                                -1.5,
                                5e-324,
                                2.2250738585072014e-308,
                                2.225073858507201e-308,
                                1.7976931348623157e308,
                                0.1,
                                std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity()};
  for (int place = 0; place <= 52; ++place) {
    const double step = std::ldexp(1.0, -place);
    for (double base : {1.0, 2.0 - std::ldexp(1.0, -52), 1.0 + step}) {
      values.push_back(base);
      values.push_back(base + step / 2);
      values.push_back(base - step / 2);
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isnan(value)) values.push_back(value);
    values.push_back(static_cast<double>(random() >> 40) / 1024);
  }
  return values;
}

TEST(Numbers, HexadecimalTextIsThatOfTheHostsLibrary) {
  const std::vector<double> values = Values();
  for (const char* flags : {"", "-", "+", " ", "#", "0", "+0", "-#", " 0", "#0"}) {
    for (const char* size :
         {"", "1", "12", "30", ".0", ".1", ".5", ".12", ".13", ".20", "30.3", "99.99"}) {
      for (char letter : {'a', 'A'}) {
        const std::string format = "%" + std::string(flags) + size + letter;
        for (double value : values) {
          char expected[256];
          char actual[256];
          const int length = std::snprintf(expected, sizeof(expected), format.c_str(), value);
          ASSERT_EQ(moonlet_number2strx(actual, format.c_str(), value), length) << format;
          ASSERT_STREQ(actual, expected) << format;
        }
      }
    }
  }
}

TEST(Numbers, HexadecimalNumeralsAreReadAsTheHostsLibraryReadsThem) {
  std::mt19937_64 random(2);
  const auto below = [&random](uint64_t n) { return random() % n; };
  constexpr const char* kDigits = "0123456789abcdefABCDEF";
  for (int i = 0; i < 200'000; ++i) {
    std::string text = below(3) == 0 ? "-0x" : "0x";
    if (below(8) == 0) text += std::string(below(40), '0');
    const uint64_t count = below(24);
    for (uint64_t k = 0; k < count; ++k) text += kDigits[below(below(2) == 0 ? 2 : 22)];
    if (below(2) == 0)
      text.insert(text[0] == '-' ? 3 + below(count + 1) : 2 + below(count + 1), ".");
    if (below(2) == 0) text += "p" + std::to_string(static_cast<int>(below(2400)) - 1200);
    if (below(20) == 0) text += "p+";
    char* expected_end;
    char* end;
    const double expected = std::strtod(text.c_str(), &expected_end);
    const double actual = moonlet_strx2number(text.c_str(), &end);
    if (end == text.c_str()) continue;  // no number: the library took the 0 before the x
    ASSERT_EQ(end, expected_end) << text;
    ASSERT_EQ(std::memcmp(&actual, &expected, sizeof(actual)), 0)
        << text << ": " << actual << " for " << expected;
  }
}

class NumbersTest : public RuntimeTest {};

TEST_F(NumbersTest, NanHasNoSignAnywhere) {
  EXPECT_EQ(Run("local n = 0/0 return n, -n, n .. '', -n .. ''"), "nan, nan, nan, nan");
  for (const char* nan : {"0/0", "-(0/0)"}) {
    EXPECT_EQ(Run(std::string("return (('%f %e %g %a %A %q %5.1f|%+f|%010f'):gsub('%%[^%% |]+', "
                              "function(f) return string.format(f, ") +
                  nan + ") end))"),
              "nan nan nan nan NAN (0/0)   nan|+nan|       nan");
  }
  EXPECT_EQ(Run("return 1/0, -1/0, math.huge .. ''"), "inf, -inf, inf");
}

TEST_F(NumbersTest, QuotedFloatsComeBack) {
  EXPECT_EQ(Run("for _, x in ipairs {0.1, 1e308, 5e-324, -1.5, 1/3, 1/0, -1/0, 2^53} do\n"
                "  assert(load('return ' .. string.format('%q', x))() == x) end return 'all'"),
            "all");
  EXPECT_EQ(Run("return string.format('%q', 0.1)"), "0x1.999999999999ap-4");
}

TEST_F(NumbersTest, WhatIsNoNumeralIsRefused) {
  EXPECT_EQ(Run("local n = 0 for _, s in ipairs {'0x', '0xp1', '0x.', '0x1p', '0x1p+', '0x1.2.3', "
                "'nan',\n"
                "'inf', '0x1g', '1e', ''} do assert(tonumber(s) == nil, s) n = n + 1 end return n"),
            "11");
  EXPECT_EQ(Run("return tonumber(' 0x.8p1 '), tonumber('-0x1P-1'), 0xA.8, tonumber('1e1')"),
            "1.0, -0.5, 10.5, 10.0");
}

}  // namespace numbers_test
}  // namespace moonlet
#endif
