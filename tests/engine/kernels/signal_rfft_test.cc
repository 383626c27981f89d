#include "engine/kernels/signal_rfft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace signal_rfft_test {

using reference::FloorDivide;
using reference::Random;

constexpr double kPi = 3.14159265358979323846;

// A complex number whose parts wrap to 16 bits whenever it is made.
struct Value {
  int16_t re, im;
  Value(int64_t r, int64_t i) : re(static_cast<int16_t>(r)), im(static_cast<int16_t>(i)) {}
  Value() : Value(0, 0) {}
};
Value operator+(Value a, Value b) { return {a.re + b.re, a.im + b.im}; }
Value operator-(Value a, Value b) { return {a.re - b.re, a.im - b.im}; }
int64_t Rounded(int64_t x) { return static_cast<int64_t>(FloorDivide(x + 16384, 32768)); }
Value Divided(Value a, int64_t k) {
  return {Rounded(a.re * (32767 / k)), Rounded(a.im * (32767 / k))};
}
Value Times(Value a, Value b) {
  return {Rounded(int64_t{a.re} * b.re - int64_t{a.im} * b.im),
          Rounded(int64_t{a.re} * b.im + int64_t{a.im} * b.re)};
}
Value Root(double phase) {
  return {static_cast<int64_t>(std::floor(0.5 + 32767 * std::cos(phase))),
          static_cast<int64_t>(std::floor(0.5 + 32767 * std::sin(phase)))};
}

// The definition: split by the radix, transform the parts, combine them.
std::vector<Value> Transformed(const std::vector<Value>& x) {
  const size_t n = x.size();
  if (n == 1) return x;
  const size_t p = n % 4 == 0 ? 4 : 2;
  const size_t m = n / p;
  std::vector<Value> y(n);
  std::vector<std::vector<Value>> parts(p);
  for (size_t q = 0; q < p; ++q) {
    for (size_t i = 0; i < m; ++i) parts[q].push_back(x[q + i * p]);
    parts[q] = Transformed(parts[q]);
  }
  for (size_t u = 0; u < m; ++u) {
    Value t[4];
    for (size_t q = 0; q < p; ++q) {
      t[q] = Divided(parts[q][u], static_cast<int64_t>(p));
      const double turns = static_cast<double>(q * u) / static_cast<double>(n);
      if (q > 0) t[q] = Times(t[q], Root(-2 * kPi * turns));
    }
    if (p == 2) {
      y[u] = t[0] + t[1];
      y[u + m] = t[0] - t[1];
      continue;
    }
    const Value e = t[0] - t[2], f = t[0] + t[2], g = t[1] + t[3], h = t[1] - t[3];
    y[u] = f + g;
    y[u + m] = Value(e.re + h.im, e.im - h.re);
    y[u + 2 * m] = f - g;
    y[u + 3 * m] = Value(e.re - h.im, e.im + h.re);
  }
  return y;
}

std::vector<Value> RealSpectrum(const std::vector<int16_t>& samples, size_t length) {
  std::vector<int16_t> x = samples;
  x.resize(length);
  const size_t n = length / 2;
  std::vector<Value> pairs;
  for (size_t i = 0; i < n; ++i) pairs.push_back(Value(x[2 * i], x[2 * i + 1]));
  const std::vector<Value> z = Transformed(pairs);
  std::vector<Value> spectrum(n + 1);
  const Value d = Divided(z[0], 2);
  spectrum[0] = Value(d.re + d.im, 0);
  spectrum[n] = Value(d.re - d.im, 0);
  for (size_t k = 1; k <= n / 2; ++k) {
    const Value a = Divided(z[k], 2);
    const Value b = Divided(Value(z[n - k].re, -z[n - k].im), 2);
    const Value e = a + b;
    const double turns = static_cast<double>(k) / static_cast<double>(n);
    const Value w = Times(a - b, Root(-kPi * (turns + 0.5)));
    const auto half = [](int64_t v) { return static_cast<int64_t>(FloorDivide(v, 2)); };
    spectrum[k] = Value(half(e.re + w.re), half(e.im + w.im));
    spectrum[n - k] = Value(half(e.re - w.re), half(w.im - e.im));
  }
  return spectrum;
}

std::vector<ComplexS16> SpectrumOf(const std::vector<int16_t>& samples, int32_t length) {
  std::vector<ComplexS16> roots(RfftRoots(length));
  std::vector<ComplexS16> spectrum(static_cast<size_t>(length / 2 + 1), {99, 99});
  MakeRfftRoots(length, FourierDirection::kForward, roots.data());
  Rfft(length, roots.data(), samples.data(), static_cast<int32_t>(samples.size()), spectrum.data());
  return spectrum;
}

TEST(RfftS16, AgreesWithTheRecursiveDefinition) {
  Random random(71);
  for (int32_t length = kMinRfftLength; length <= kMaxRfftLength; length *= 2) {
    for (int round = 0; round < (length > 2048 ? 1 : 10); ++round) {
      SCOPED_TRACE(testing::Message() << "length " << length << " round " << round);
      std::vector<int16_t> samples(static_cast<size_t>(random.Int(1, length)));
      const bool extreme = random.Chance(30);
      for (int16_t& x : samples)
        x = static_cast<int16_t>(extreme ? (random.Chance(50) ? -32768 : 32767)
                                         : random.Int(-32768, 32767));
      const auto spectrum = SpectrumOf(samples, length);
      const auto expected = RealSpectrum(samples, static_cast<size_t>(length));
      for (size_t k = 0; k < expected.size(); ++k) {
        ASSERT_EQ(spectrum[k].re, expected[k].re) << k;
        ASSERT_EQ(spectrum[k].im, expected[k].im) << k;
      }
    }
  }
}

TEST(RfftS16, IsTheTransformDividedByTheLength) {
  constexpr int32_t kLength = 512;
  std::vector<int16_t> tone(kLength);
  for (int32_t i = 0; i < kLength; ++i)
    tone[static_cast<size_t>(i)] =
        static_cast<int16_t>(std::lround(30000 * std::cos(2 * kPi * 37 * i / kLength)));
  const auto spectrum = SpectrumOf(tone, kLength);
  for (int32_t k = 0; k <= kLength / 2; ++k) {
    const ComplexS16 x = spectrum[static_cast<size_t>(k)];
    EXPECT_NEAR(x.re, k == 37 ? 15000 : 0, 12) << k;
    EXPECT_NEAR(x.im, 0, 12) << k;
  }
}

// The transform of samples below 1/2 from its definition, in units of `one`.
template <typename T>
void ExpectTransform(int32_t length, double one, double tolerance) {
  SCOPED_TRACE(testing::Message() << "length " << length << " bytes " << sizeof(T));
  Random random(static_cast<uint32_t>(length));
  std::vector<double> x(static_cast<size_t>(length));
  std::vector<T> samples;
  for (double& value : x) {
    value = random.Int(-1000, 1000) / 2048.0;
    samples.push_back(static_cast<T>(value * one));
  }
  const auto n = static_cast<size_t>(length / 2);
  std::vector<SignalComplex<T>> roots(RfftRoots(length)), spectrum(n + 1), pairs(n);
  MakeRfftRoots(length, FourierDirection::kForward, roots.data());
  Rfft(length, roots.data(), samples.data(), length, spectrum.data());
  constexpr bool kFloat = std::is_floating_point_v<T>;
  const double scale = kFloat ? 1 : 1.0 / length;
  for (size_t k = 0; k <= n; ++k) {
    double re = 0, im = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double angle = -2 * kPi * static_cast<double>(i * k % x.size()) / length;
      re += x[i] * std::cos(angle);
      im += x[i] * std::sin(angle);
    }
    ASSERT_NEAR(static_cast<double>(spectrum[k].re) / one, re * scale, tolerance) << k;
    ASSERT_NEAR(static_cast<double>(spectrum[k].im) / one, im * scale, tolerance) << k;
  }
  // The inverse of fixed point divides once more, which a small spectrum bears.
  MakeRfftRoots(length, FourierDirection::kInverse, roots.data());
  Irfft(length, roots.data(), spectrum.data(), pairs.data());
  for (size_t i = 0; i < n; ++i) {
    ASSERT_NEAR(static_cast<double>(pairs[i].re) / one, x[2 * i] * scale, tolerance) << i;
    ASSERT_NEAR(static_cast<double>(pairs[i].im) / one, x[2 * i + 1] * scale, tolerance) << i;
  }
}

TEST(Rfft, TransformsEveryLengthAndTypeThereAndBack) {
  int lengths = 0;
  for (int32_t length = 0; length <= 250; ++length) {
    if (!IsRfftLength(length)) continue;
    ++lengths;
    ExpectTransform<int16_t>(length, 32768, 1e-3);
    ExpectTransform<int32_t>(length, 2147483648.0, 1e-8);
    ExpectTransform<float>(length, 1, 2e-5);
  }
  EXPECT_EQ(lengths, 36);  // twice the numbers from 2 to 125 without a factor above 5
  for (const int32_t none : {-4, 0, 2, 3, 14, 22, 32770}) EXPECT_FALSE(IsRfftLength(none)) << none;
}

TEST(EnergyS16, IsTheSquareOfTheMagnitudeInTheRange) {
  const ComplexS16 spectrum[] = {{1, 2}, {3, -4}, {-32768, -32768}, {0, 32767}, {5, 5}};
  uint32_t energy[5] = {7, 7, 7, 7, 7};
  EnergyS16(spectrum, 1, 4, energy);
  EXPECT_EQ(energy[0], 7u);
  EXPECT_EQ(energy[1], 25u);
  EXPECT_EQ(energy[2], 0x80000000u);
  EXPECT_EQ(energy[3], 1073676289u);
  EXPECT_EQ(energy[4], 7u);
}

}  // namespace signal_rfft_test
}  // namespace moonlet
