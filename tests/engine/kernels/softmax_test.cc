#include "engine/kernels/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/kernels/softmax_tables.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace softmax_test {

using reference::DivideAway;
using reference::High;
using reference::Random;
using reference::Rounds;
using reference::Wide;
using reference::Wrap;

// The arithmetic sheet's formulas, typed again over rational arithmetic.
namespace sheet {

int32_t Away(int32_t x, int e) { return static_cast<int32_t>(DivideAway(x, Wide{1} << e)); }
int32_t Saturated(Wide x) {
  return static_cast<int32_t>(x > kInt32Max ? kInt32Max : x < -Wide{kInt32Max} ? kInt32Min : x);
}

int32_t Exp(int32_t a) {  // a <= 0 with 5 integer bits
  if (a == 0) return kInt32Max;
  const Wide quarter = Wide{1} << 24;
  const Wide u = a - reference::FloorDivide(a, quarter) * quarter - quarter;
  const int32_t x = Wrap(u * 32 + (1 << 28));
  const int32_t x2 = High(x, x), x3 = High(x2, x), x4 = High(x2, x2);
  const int32_t p = Away(Wrap(Wide{High(Wrap(Wide{Away(x4, 2)} + x3), 715827883)} + x2), 1);
  int32_t r = Wrap(Wide{1895147668} + High(1895147668, Wrap(Wide{x} + p)));
  const Wide rest = u - a;
  const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int e = -2; e <= 4; ++e)
    if (rest / (Wide{1} << (26 + e)) % 2 == 1) r = High(r, factors[e + 2]);
  return r;
}

int32_t ReciprocalOfOnePlus(int32_t a) {
  const auto h = static_cast<int32_t>((Wide{a} + (Wide{1} << 31)) / 2);
  int32_t x = Wrap(Wide{1515870810} + High(h, -1010580540));
  for (int i = 0; i < 3; ++i)
    x = Wrap(x + Wide{Saturated(Wide{4} * High(x, Wrap((Wide{1} << 29) - High(h, x))))});
  return Saturated(Wide{2} * x);
}

// The result for one row; the double beta * scale in steps of 2^-26.
template <typename To>
std::vector<To> Softmax(const std::vector<int8_t>& x, double beta, double scale) {
  const int bits = 8 * static_cast<int>(sizeof(To));
  const Wide half = Wide{1} << (bits - 1);
  const double real = std::min(beta * scale * 67108864.0, 2147483647.0);
  const int shift = static_cast<int>(std::floor(std::log2(real))) + 1;
  const auto m =
      static_cast<int32_t>(std::min(std::round(std::ldexp(real, 31 - shift)), 2147483647.0));
  const double lowest = -std::floor(std::ldexp(31.0, 26 - shift));
  const int32_t largest = *std::max_element(x.begin(), x.end());
  const auto exp_of = [&](int8_t v) {
    return Exp(High(Wrap(Wide{v - largest} * (Wide{1} << shift)), m));
  };
  Wide total = 0;
  for (int8_t v : x)
    if (v - largest >= lowest) total += Away(exp_of(v), 12);
  const auto sum = static_cast<uint32_t>(total);
  int zeros = 0;
  while (((sum << zeros) & 0x80000000u) == 0) ++zeros;
  const int32_t inverse = ReciprocalOfOnePlus(Wrap(Wide{sum << zeros} - (Wide{1} << 31)));
  std::vector<To> result;
  for (int8_t v : x) {
    Wide p = 0;
    if (v - largest >= lowest)
      p = DivideAway(High(inverse, exp_of(v)), Wide{1} << (12 - zeros + 31 - bits));
    result.push_back(static_cast<To>(std::clamp<Wide>(p - half, -half, half - 1)));
  }
  return result;
}

}  // namespace sheet

TEST(SoftmaxS8, AgreesWithTheSheet) {
  Random random(51);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int32_t rows = random.Int(1, 4), depth = random.Int(1, 60);
    const float beta = random.Chance(50) ? 1.0f : random.Real(0.1f, 5);
    const float scale = std::ldexp(random.Real(0.5f, 1),
                                   random.Chance(10) ? random.Int(-22, 10) : random.Int(-6, 0));
    SoftmaxS8Params p;
    ASSERT_TRUE(MakeSoftmaxS8(rows, depth, beta, scale, &p));
    const auto input = random.S8(int64_t{rows} * depth);
    std::vector<int8_t> output(input.size());
    std::vector<int16_t> wide(input.size());
    StopToken stop;
    ASSERT_TRUE(SoftmaxS8(p, input.data(), output.data(), stop));
    ASSERT_TRUE(SoftmaxS8(p, input.data(), wide.data(), stop));
    for (int32_t row = 0; row < rows; ++row) {
      const std::vector<int8_t> x(input.begin() + row * depth, input.begin() + (row + 1) * depth);
      const std::vector<int8_t> y(output.begin() + row * depth, output.begin() + (row + 1) * depth);
      const std::vector<int16_t> z(wide.begin() + row * depth, wide.begin() + (row + 1) * depth);
      ASSERT_EQ(y, sheet::Softmax<int8_t>(x, beta, scale)) << "beta " << beta << " scale " << scale;
      ASSERT_EQ(z, sheet::Softmax<int16_t>(x, beta, scale))
          << "beta " << beta << " scale " << scale;
    }
  }
}

TEST(SoftmaxS8, IsWithinAStepOfTheRealFunction) {
  SoftmaxS8Params p;
  ASSERT_TRUE(MakeSoftmaxS8(1, 5, 1.0f, 0.05f, &p));
  const int8_t x[] = {-128, 0, 40, 100, 127};
  int8_t y[5];
  StopToken stop;
  ASSERT_TRUE(SoftmaxS8(p, x, y, stop));
  double sum = 0;
  for (int8_t v : x) sum += std::exp(0.05 * v);
  for (int i = 0; i < 5; ++i)
    EXPECT_NEAR((y[i] + 128) / 256.0, std::exp(0.05 * x[i]) / sum, 1 / 256.0);
}

TEST(SoftmaxS8, ManyEqualEntriesShareNothing) {
  for (int32_t depth : {511, 512, 513, 5000, 100000}) {
    SoftmaxS8Params p;
    ASSERT_TRUE(MakeSoftmaxS8(1, depth, 1.0f, 0.1f, &p));
    const std::vector<int8_t> x(static_cast<size_t>(depth), 3);
    std::vector<int8_t> y(x.size());
    std::vector<int16_t> wide(x.size());
    StopToken stop;
    ASSERT_TRUE(SoftmaxS8(p, x.data(), y.data(), stop));
    EXPECT_EQ(y[0], depth == 511 ? -127 : -128) << depth;
    ASSERT_TRUE(SoftmaxS8(p, x.data(), wide.data(), stop));
    const double probability = std::max(1.0 / depth, 1.0 / 4096);
    EXPECT_NEAR(wide[0] + 32768, 65536 * probability, 1) << depth;
  }
}

TEST(SoftmaxS8, AScaleTooSmallForTheFixedPointIsRefused) {
  SoftmaxS8Params p;
  EXPECT_FALSE(MakeSoftmaxS8(1, 1, 1.0f, 0x1p-26f, &p));
  EXPECT_TRUE(MakeSoftmaxS8(1, 1, 1.0f, 0x1.1p-26f, &p));
  EXPECT_FALSE(MakeSoftmaxS8(1, 1, -1.0f, 1.0f, &p));
  EXPECT_TRUE(MakeSoftmaxS8(1, 1, 1e30f, 1e30f, &p));
}

// The reference's table of f at 513 points of [low, high], in steps of 2^-15, all in float32.
template <typename Function>
std::vector<int> Table(float low, float high, Function f) {
  const float step = (high - low) / 512;
  const auto steps = [](float y) { return std::round(y * 32768); };
  std::vector<int> table;
  for (int i = 0; i < 512; ++i) {
    const float at = low + static_cast<float>(i) * step;
    const float value = f(at), next = f(low + static_cast<float>(i + 1) * step);
    const float middle = std::round((next * 32768 + steps(value)) / 2);
    const float error = middle - steps(f(at + step / 2));
    table.push_back(static_cast<int>(std::min(steps(value) - std::round(error / 2), 32767.0f)));
  }
  table.push_back(static_cast<int>(std::min(steps(f(high)), 32767.0f)));
  return table;
}

TEST(SoftmaxS16, TablesFollowTheirFormula) {
  // The functions in double, so rarely an entry may lie a step beside float32's.
  const auto exp = [](float x) { return static_cast<float>(std::exp(double{x})); };
  const auto reciprocal = [](float x) { return 1 / (1 + x); };
  const std::vector<int> exps = Table(10.0f / 65535 * -65535, 0, exp);
  const std::vector<int> reciprocals = Table(0, 1.0f / 65535 * 65535, reciprocal);
  for (size_t i = 0; i < 513; ++i) {
    EXPECT_NEAR(kExpTable[i], exps[i], 1) << i;
    EXPECT_NEAR(kReciprocalTable[i], reciprocals[i], 1) << i;
  }
}

Wide Line(const int16_t* table, Wide x) {
  x = std::min<Wide>(std::max<Wide>(x, -32768), 32767) + 32768;
  const int16_t* entry = table + static_cast<int>(x / 128);
  return entry[0] + reference::FloorDivide((entry[1] - entry[0]) * (x % 128) + 64, 128);
}

TEST(SoftmaxS16, AgreesWithTheSheet) {
  Random random(53);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    SoftmaxS16Params p;
    const float scale = std::ldexp(random.Real(0.5f, 1), random.Int(-16, -3));
    ASSERT_TRUE(MakeSoftmaxS16(random.Int(1, 4), random.Int(1, 60), 1, scale, &p));
    std::vector<int16_t> input, output(static_cast<size_t>(p.rows * p.depth));
    for (size_t i = 0; i < output.size(); ++i)
      input.push_back(static_cast<int16_t>(random.Int(-32768, 32767)));
    StopToken stop;
    ASSERT_TRUE(SoftmaxS16(p, input.data(), output.data(), stop));
    for (int32_t row = 0; row < p.rows; ++row) {
      const int16_t* x = input.data() + row * p.depth;
      const int32_t largest = *std::max_element(x, x + p.depth);
      Wide sum = 0;
      double real_sum = 0;
      std::vector<Wide> e;
      for (int32_t i = 0; i < p.depth; ++i) {
        e.push_back(Line(kExpTable, Wide{reference::Scaled(x[i] - largest, p.scale)} + 32767));
        sum += e.back();
        real_sum += std::exp(double{scale} * (x[i] - largest));
      }
      int bits = 0;
      while (sum >> (bits + 1) != 0) ++bits;
      const Wide mantissa = reference::FloorDivide(sum * (Wide{1} << (30 - bits)) + 8192, 16384);
      const Wide reciprocal = Line(kReciprocalTable, mantissa - 98304);
      for (int32_t i = 0; i < p.depth; ++i) {
        const int y = output[static_cast<size_t>(row * p.depth + i)];
        const Wide unit = Wide{1} << bits;
        const Wide expected =
            reference::FloorDivide(2 * e[static_cast<size_t>(i)] * reciprocal + unit, 2 * unit);
        ASSERT_EQ(y, std::min<Wide>(expected, 32767));
        // Every exponential below exp(-10) counts as two steps.
        ASSERT_NEAR(y / 32768.0, std::exp(double{scale} * (x[i] - largest)) / real_sum, 5e-3);
      }
    }
  }
}

TEST(SoftmaxS16, ManyEqualEntriesSaturate) {
  for (const int32_t depth : {1, 1000, 65538, 200000}) {
    SoftmaxS16Params p;
    ASSERT_TRUE(MakeSoftmaxS16(1, depth, 1, 0.001f, &p));
    const std::vector<int16_t> x(static_cast<size_t>(depth), -5);
    std::vector<int16_t> y(x.size());
    StopToken stop;
    ASSERT_TRUE(SoftmaxS16(p, x.data(), y.data(), stop));
    EXPECT_NEAR(y[0], 32768.0 / std::min(depth, 65536), 1) << depth;
    stop.Raise();
    EXPECT_FALSE(SoftmaxS16(p, x.data(), y.data(), stop));
  }
}

TEST(SoftmaxF32, IsNearTheRealFunction) {
  Random random(52);
  for (int round = 0; round < Rounds(); ++round) {
    const int32_t rows = random.Int(1, 4), depth = random.Int(1, 60);
    const float beta = random.Chance(50) ? 1.0f : random.Real(0.1f, 5);
    auto input = random.F32(int64_t{rows} * depth);
    for (float& x : input) x *= 5;
    std::vector<float> output(input.size());
    StopToken stop;
    ASSERT_TRUE(SoftmaxF32({rows, depth, beta}, input.data(), output.data(), stop));
    for (int32_t row = 0; row < rows; ++row) {
      const float* x = input.data() + row * depth;
      const double largest = *std::max_element(x, x + depth);
      double sum = 0;
      for (int32_t i = 0; i < depth; ++i) sum += std::exp((x[i] - largest) * beta);
      for (int32_t i = 0; i < depth; ++i)
        ASSERT_NEAR(output[static_cast<size_t>(row * depth + i)],
                    std::exp((x[i] - largest) * beta) / sum, 3e-6);
    }
  }
}

TEST(Softmax, StopsWhenAsked) {
  SoftmaxS8Params p;
  ASSERT_TRUE(MakeSoftmaxS8(1, 1, 1.0f, 1.0f, &p));
  const int8_t x = 0;
  int8_t y;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(SoftmaxS8(p, &x, &y, stop));
}

}  // namespace softmax_test
}  // namespace moonlet
