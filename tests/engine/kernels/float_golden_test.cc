// Hashes of kernel results over a fixed set of inputs. Whatever variant or target
// comes later must reproduce these.
#include <gtest/gtest.h>

#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_bits.h"
#include "tests/engine/kernels/float_tables.h"

namespace moonlet {
namespace float_golden_test {

uint64_t Bits(float x) { return BitsOf(WithOneNan(x)); }
uint64_t Bits(double x) { return x != x ? 0x7FF8000000000000u : std::bit_cast<uint64_t>(x); }

// FNV-1a over words.
class Hash {
 public:
  template <typename T>
  void Add(T x) {
    state_ = (state_ ^ Bits(x)) * 0x100000001B3u;
  }
  template <typename T>
  void Add(const std::vector<T>& values) {
    for (T x : values) Add(x);
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0xCBF29CE484222325u;
};

// A third each: numbers around 1, numbers of every exponent, small ones whose products
// underflow; NaN and infinities among them.
template <typename T>
std::vector<T> Inputs(size_t n, uint64_t seed) {
  std::vector<T> values(n);
  for (size_t i = 0; i < n; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const auto draw = static_cast<uint32_t>(seed >> 32);
    const uint32_t exponent = i % 3 == 0   ? 120 + draw % 14
                              : i % 3 == 1 ? draw & 255
                                           : 55 + draw % 20;
    const uint32_t word = (draw & 0x807FFFFFu) | exponent << 23;
    values[i] = static_cast<T>(FloatOf(word));
  }
  return values;
}

template <typename T>
uint64_t HashOf(const FloatKernels<T>& kernels) {
  constexpr size_t kCount = 1 << 15;
  const auto a = Inputs<T>(kCount, 1);
  const auto b = Inputs<T>(kCount, 2);
  std::vector<T> y(kCount);
  Hash hash;
  for (auto unary :
       {kernels.exp, kernels.log, kernels.sin, kernels.cos, kernels.tanh, kernels.sqrt}) {
    unary(a.data(), y.data(), kCount);
    hash.Add(y);
  }
  for (auto binary : {kernels.plus, kernels.minus, kernels.times, kernels.divide}) {
    binary(a.data(), b.data(), y.data(), kCount);
    hash.Add(y);
  }
  for (size_t n = 0; n < 200; ++n) {
    const T* x = a.data() + n * 37;
    T sum[kLanes] = {};
    T dot[kLanes] = {};
    T deviations[kLanes] = {};
    T product[kLanes];
    T extremes[2][kLanes];
    for (size_t j = 0; j < kLanes; ++j) {
      product[j] = T(1);
      extremes[0][j] = extremes[1][j] = x[0];
    }
    kernels.add(sum, x, n);
    kernels.add_products(dot, x, b.data(), n);
    kernels.add_deviations(deviations, x, x[1], n);
    kernels.multiply(product, x, n);
    kernels.take_min(extremes[0], x, n);
    kernels.take_max(extremes[1], x, n);
    hash.Add(kernels.sum_lanes(sum));
    hash.Add(kernels.sum_lanes(dot));
    hash.Add(kernels.sum_lanes(deviations));
    hash.Add(kernels.multiply_lanes(product));
    hash.Add(T(Flushed(kernels.min_lanes(extremes[0]))));
    hash.Add(T(Flushed(kernels.max_lanes(extremes[1]))));
  }
  for (size_t rows = 0; rows <= kTile; ++rows) {
    std::vector<T> c(a.begin(), a.begin() + kTile * kTile);
    kernels.tile({a.data() + rows * 512, 32}, {b.data() + rows * 512, kTile}, {c.data(), kTile},
                 rows, 32 - rows);
    hash.Add(c);
  }
  return hash.value();
}

TEST(FloatGolden, Float32) {
  for (const FloatKernels<float>* kernels : Tables<float>()) {
    const FlushDenormals flush;
    EXPECT_EQ(HashOf(*kernels), 0x9C63C93C216149AEu);
  }
}

TEST(FloatGolden, Float64) {
  for (const FloatKernels<double>* kernels : Tables<double>())
    EXPECT_EQ(HashOf(*kernels), 0xD55B4F9BA3608438u);
}

}  // namespace float_golden_test
}  // namespace moonlet
