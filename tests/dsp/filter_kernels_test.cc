// Every table of filter kernels this CPU can run gives the bits of the scalar one, at every
// length, with numbers from tiny to infinite.
#include "dsp/filter_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/base/isa.h"

namespace moonlet::dsp::filter_kernels_test {
namespace {

std::vector<const FilterKernels*> Tables() {
  std::vector<const FilterKernels*> tables;
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) tables.push_back(&scalar_fma::kFilters);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&scalar_avx512::kFilters);
#endif
  return tables;
}

// Numbers of sizes from 2^-`spread` to 1.
std::vector<float> Numbers(size_t n, uint32_t seed, uint32_t spread = 8) {
  std::vector<float> x(n);
  for (float& value : x) {
    seed = seed * 1664525 + 1013904223;
    const int size = -static_cast<int>((seed >> 8) % spread);
    value = std::ldexp(static_cast<float>(static_cast<int32_t>(seed)), size - 31);
  }
  return x;
}

template <typename T>
bool SameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

TEST(FilterKernels, FirAgreesAtEveryLength) {
  const FlushDenormals mode;
  constexpr size_t kMost = 300;
  const auto taps = Numbers(70, 1, 100);
  const auto x = Numbers(taps.size() + kMost, 2, 100);
  const auto fir = [&](const FilterKernels& kernels, size_t count, size_t n) {
    std::vector<float> y(kMost + 1, 9);
    kernels.fir(taps.data(), count, x.data() + count - 1, y.data(), n);
    return y;
  };
  for (const FilterKernels* table : Tables()) {
    for (size_t count : {1, 2, 17, 64, 70}) {
      for (size_t n = 1; n <= kMost; ++n)
        ASSERT_TRUE(SameBits(fir(*table, count, n), fir(scalar::kFilters, count, n)))
            << count << " taps, " << n << " outputs";
    }
  }
}

TEST(FilterKernels, ChainsAgreeInEveryNumber) {
  const FlushDenormals mode;
  const auto taps = Numbers(40, 3), x = Numbers(60, 4);
  std::vector<TapRun> runs;
  for (size_t i = 0; i < 19; ++i)
    runs.push_back({taps.data() + i, x.data() + 20 + i, 9 + i * 7 % 2});
  const auto chains = [&](const FilterKernels& kernels, size_t n) {
    std::vector<float> y(runs.size() + 1, 9);
    kernels.chains(runs.data(), y.data(), n);
    return y;
  };
  for (const FilterKernels* table : Tables()) {
    for (size_t n = 1; n <= runs.size(); ++n)
      EXPECT_TRUE(SameBits(chains(*table, n), chains(scalar::kFilters, n))) << n;
  }
}

struct Cascaded {
  std::vector<float> y;
  std::vector<RunningSection> sections;
};

Cascaded Cascade(const FilterKernels& kernels, std::vector<RunningSection> sections,
                 const std::vector<float>& x, size_t stride, size_t n) {
  std::vector<float> y(n * stride + 1, 9);
  kernels.sos(sections.data(), sections.size(), x.data(), y.data(), stride, n);
  return {y, sections};
}

std::vector<RunningSection> Sections(size_t count) {
  const auto states = Numbers(2 * count, 5, 140);  // some below 2^-100
  std::vector<RunningSection> sections;
  for (size_t i = 0; i < count; ++i) {
    const auto step = static_cast<float>(i);
    sections.push_back({0.5f - 0.02f * step, 0.3f, 0.1f * step, -0.9f, 0.1f + 0.05f * step,
                        states[2 * i], states[2 * i + 1]});
  }
  return sections;
}

void ExpectSameCascades(const std::vector<float>& x, size_t stride, size_t n) {
  const FlushDenormals mode;
  for (const FilterKernels* table : Tables()) {
    for (size_t count = 1; count <= 13; ++count) {
      const Cascaded got = Cascade(*table, Sections(count), x, stride, n);
      const Cascaded wanted = Cascade(scalar::kFilters, Sections(count), x, stride, n);
      EXPECT_TRUE(SameBits(got.y, wanted.y)) << count << " sections, " << n << " samples";
      EXPECT_TRUE(SameBits(got.sections, wanted.sections)) << count << ", " << n;
    }
  }
}

TEST(FilterKernels, CascadesAgreeForEveryNumberOfSectionsAndSamples) {
  for (size_t n = 1; n <= 20; ++n) ExpectSameCascades(Numbers(n, 6, 60), 1, n);
  ExpectSameCascades(Numbers(3 * 200, 7), 3, 200);
}

TEST(FilterKernels, CascadesAgreeOnTheWayToSilence) {
  std::vector<float> x(3000, 0.0f);
  x[0] = 1;
  ExpectSameCascades(x, 1, x.size());
}

TEST(FilterKernels, CombsAndTapsThatAdaptAgree) {
  const FlushDenormals mode;
  const auto x = Numbers(50, 8, 120);
  for (const FilterKernels* table : Tables()) {
    for (const bool feedback : {false, true}) {
      auto line = Numbers(50, 9), other = line;
      std::vector<float> y(50), z(50);
      table->comb(line.data(), 0.7f, feedback, x.data(), y.data(), 50);
      scalar::kFilters.comb(other.data(), 0.7f, feedback, x.data(), z.data(), 50);
      EXPECT_TRUE(SameBits(y, z));
      EXPECT_TRUE(SameBits(line, other));
    }
    auto w = Numbers(50, 10, 120), v = w;
    table->adapt(w.data(), 0.3f, x.data(), 50);
    scalar::kFilters.adapt(v.data(), 0.3f, x.data(), 50);
    EXPECT_TRUE(SameBits(w, v));
  }
}

}  // namespace
}  // namespace moonlet::dsp::filter_kernels_test
