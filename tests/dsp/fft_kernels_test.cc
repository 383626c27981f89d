// Every table of Fourier kernels this CPU can run gives the bits of the scalar one, and writes
// nothing beyond its results.
#include "dsp/fft_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/base/isa.h"

namespace moonlet::dsp::fft_kernels_test {
namespace {

std::vector<const FftKernels*> Tables() {
  std::vector<const FftKernels*> tables;
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) tables.push_back(&scalar_fma::kFft);
  if (HostIsa() >= Isa::kAvx2) tables.push_back(&avx2::kFft);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&avx512::kFft);
#endif
  return tables;
}

std::vector<float> Numbers(size_t n, uint32_t seed) {
  std::vector<float> x(n);
  for (float& value : x) {
    seed = seed * 1664525 + 1013904223;
    value = std::ldexp(static_cast<float>(static_cast<int32_t>(seed)), -31 + seed % 7);
  }
  return x;
}

// Two halves of n, and one number more that nothing may touch.
struct Halves {
  explicit Halves(size_t n, uint32_t seed = 1) : numbers(Numbers(2 * n + 1, seed)), n(n) {}
  SplitComplex split() { return {numbers.data(), numbers.data() + n}; }
  std::vector<float> numbers;
  size_t n;
};

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Runs call(table) over fresh results and compares them with the scalar table's.
template <typename Call>
void ExpectSame(size_t results, Call call) {
  const FlushDenormals mode;
  std::vector<float> wanted = Numbers(results + 1, 9);
  call(scalar::kFft, wanted.data());
  for (const FftKernels* table : Tables()) {
    std::vector<float> got = Numbers(results + 1, 9);
    call(*table, got.data());
    EXPECT_TRUE(SameBits(got, wanted)) << results;
  }
}

void ExpectSamePass(size_t radix, size_t m, size_t stride) {
  const size_t n = radix * m * stride;
  const std::vector<float> twiddles = Numbers(2 * (radix - 1) * m, 5);
  const FftPass pass = {radix, m, stride, m == 1 ? nullptr : twiddles.data()};
  Halves x(n, 3);
  ExpectSame(2 * n, [&](const FftKernels& kernels, float* y) {
    kernels.find_pass(pass)(pass, x.split(), {y, y + n});
  });
  if (radix != 4 || stride != 1) return;
  ExpectSame(2 * n, [&](const FftKernels& kernels, float* y) {
    kernels.find_first_pass(pass)(pass, x.numbers.data(), {y, y + n});
  });
}

TEST(FftKernels, PassesAreTheSame) {
  for (const size_t radix : {2, 3, 4, 5, 8})
    for (const size_t stride : {1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 40})
      for (size_t m = 1; m < 20; ++m) ExpectSamePass(radix, m, stride);
}

TEST(FftKernels, OnlyFoursComeFirst) {
  for (const FftKernels* table : Tables())
    EXPECT_EQ(table->find_first_pass({2, 8, 1, nullptr}), nullptr);
}

TEST(FftKernels, SplittingAndJoiningAreTheSame) {
  for (size_t n = 0; n < 70; ++n) {
    Halves x(n);
    ExpectSame(2 * n, [&](const FftKernels& kernels, float* y) {
      kernels.split(x.numbers.data(), n, {y, y + n});
    });
    ExpectSame(2 * n,
               [&](const FftKernels& kernels, float* y) { kernels.join(x.split(), n, 0.3F, y); });
  }
}

TEST(FftKernels, RealSpectraAreTheSame) {
  for (size_t h = 1; h < 140; ++h) {
    Halves x(h + 1), roots(h / 2 + 1, 7);
    ExpectSame(2 * h + 2, [&](const FftKernels& kernels, float* y) {
      kernels.unpack_real(x.split(), roots.split(), h, y);
    });
    ExpectSame(2 * h, [&](const FftKernels& kernels, float* y) {
      kernels.pack_real(x.numbers.data(), roots.split(), h, {y, y + h});
    });
  }
}

TEST(FftKernels, ProductsAreTheSame) {
  for (size_t n = 0; n < 70; ++n) {
    Halves x(n), h(n, 7);
    ExpectSame(2 * n, [&](const FftKernels& kernels, float* y) {
      kernels.multiply(x.split(), h.split(), n, {y, y + n});
    });
    ExpectSame(n, [&](const FftKernels& kernels, float* y) {
      kernels.add_scaled(0.7F, x.numbers.data(), n, y);
    });
  }
}

// A product may take the place of its factor.
TEST(FftKernels, ProductsInPlaceAreTheSame) {
  for (size_t n = 1; n < 40; ++n) {
    Halves h(n, 7);
    ExpectSame(2 * n, [&](const FftKernels& kernels, float* y) {
      kernels.multiply({y, y + n}, h.split(), n, {y, y + n});
    });
  }
}

}  // namespace
}  // namespace moonlet::dsp::fft_kernels_test
