// The lane rule against an implementation of its own: lane j is the whole column of
// elements j, j + 16, ... with zeros to the end of the last row, and the lanes are joined
// by recursion.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_bits.h"
#include "tests/engine/kernels/float_tables.h"

namespace moonlet {
namespace reduce_test {

template <typename T>
std::vector<T> Values(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> values(n);
  for (T& x : values)
    x = std::ldexp(static_cast<T>(static_cast<int>(random() % 2001) - 1000) / T(7),
                   static_cast<int>(random() % 40) - 20);
  return values;
}

template <typename T>
T Join(std::vector<T> lanes, const std::function<T(T, T)>& join) {
  if (lanes.size() == 1) return lanes[0];
  const size_t half = lanes.size() / 2;
  std::vector<T> halves;
  for (size_t j = 0; j < half; ++j) halves.push_back(join(lanes[j], lanes[j + half]));
  return Join(halves, join);
}

// `step` folds an element into its lane; `pad` is the element past the end.
template <typename T>
T ByColumns(size_t n, T start, const std::function<T(T, size_t)>& step,
            const std::function<T(T)>& pad, const std::function<T(T, T)>& join) {
  const size_t rows = (n + 15) / 16;
  std::vector<T> lanes;
  for (size_t j = 0; j < 16; ++j) {
    T lane = start;
    for (size_t row = 0; row < rows; ++row)
      lane = row * 16 + j < n ? step(lane, row * 16 + j) : pad(lane);
    lanes.push_back(lane);
  }
  return Join(lanes, join);
}

template <typename T>
class Reduce : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Reduce, Floats);

TYPED_TEST(Reduce, EveryLengthFollowsTheLaneRule) {
  using T = TypeParam;
  const auto a = Values<T>(131, 1);
  const auto b = Values<T>(131, 2);
  const std::function<T(T)> add_zero = [](T lane) { return lane + T(0); };
  const std::function<T(T)> keep = [](T lane) { return lane; };
  const std::function<T(T, T)> plus = [](T x, T y) { return x + y; };
  for (const FloatKernels<T>* kernels : Tables<T>()) {
    for (size_t n = 0; n <= 130; ++n) {
      SCOPED_TRACE(n);
      const T centre = T(3.25);
      T lanes[16] = {};
      kernels->add(lanes, a.data(), n);
      EXPECT_EQ(kernels->sum_lanes(lanes),
                ByColumns<T>(
                    n, 0, [&](T l, size_t i) { return l + a[i]; }, add_zero, plus));

      T products[16] = {};
      kernels->add_products(products, a.data(), b.data(), n);
      EXPECT_EQ(kernels->sum_lanes(products),
                ByColumns<T>(
                    n, 0, [&](T l, size_t i) { return std::fma(a[i], b[i], l); }, add_zero, plus));

      T deviations[16] = {};
      kernels->add_deviations(deviations, a.data(), centre, n);
      const auto deviate = [&](T l, size_t i) { return std::fma(a[i] - centre, a[i] - centre, l); };
      EXPECT_EQ(kernels->sum_lanes(deviations), ByColumns<T>(n, 0, deviate, add_zero, plus));

      T factors[16];
      std::fill_n(factors, 16, T(1));
      kernels->multiply(factors, a.data(), n);
      EXPECT_EQ(kernels->multiply_lanes(factors), ByColumns<T>(
                                                      n, 1, [&](T l, size_t i) { return l * a[i]; },
                                                      keep, [](T x, T y) { return x * y; }));

      T least[16];
      std::fill_n(least, 16, T(INFINITY));
      EXPECT_FALSE(kernels->take_min(least, a.data(), n));
      EXPECT_EQ(kernels->min_lanes(least),
                n == 0 ? T(INFINITY) : *std::min_element(a.begin(), a.begin() + long(n)));
      T most[16];
      std::fill_n(most, 16, T(-INFINITY));
      EXPECT_FALSE(kernels->take_max(most, a.data(), n));
      EXPECT_EQ(kernels->max_lanes(most),
                n == 0 ? T(-INFINITY) : *std::max_element(a.begin(), a.begin() + long(n)));
    }
  }
}

TYPED_TEST(Reduce, PiecesOfSixteenContinueTheLanes) {
  using T = TypeParam;
  const auto a = Values<T>(131, 3);
  for (const FloatKernels<T>* kernels : Tables<T>()) {
    T whole[16] = {};
    kernels->add_products(whole, a.data(), a.data(), 131);
    T pieces[16] = {};
    kernels->add_products(pieces, a.data(), a.data(), 48);
    kernels->add_products(pieces, a.data() + 48, a.data() + 48, 80);
    kernels->add_products(pieces, a.data() + 128, a.data() + 128, 3);
    for (size_t j = 0; j < 16; ++j) EXPECT_EQ(whole[j], pieces[j]);
  }
}

TYPED_TEST(Reduce, NoticesEveryNan) {
  using T = TypeParam;
  for (const FloatKernels<T>* kernels : Tables<T>()) {
    for (size_t at = 0; at < 37; ++at) {
      std::vector<T> x(37, T(2));
      x[at] = T(NAN);
      T lanes[16] = {};
      EXPECT_TRUE(kernels->take_min(lanes, x.data(), x.size()));
      EXPECT_TRUE(kernels->take_max(lanes, x.data(), x.size()));
    }
  }
}

// Skipping the tail would leave a lane at -0; padding turns it into +0.
TEST(ReduceFloat32, PaddingTurnsNegativeZeroPositive) {
  const float tiny[] = {-0x1p-100f};
  const float other[] = {0x1p-100f};
  for (const FloatKernels<float>* kernels : Tables<float>()) {
    const FlushDenormals flush;
    float lanes[16] = {};
    kernels->add_products(lanes, tiny, other, 1);
    EXPECT_EQ(BitsOf(lanes[0]), BitsOf(-0.0f));
    EXPECT_EQ(BitsOf(lanes[1]), BitsOf(0.0f));
    float empty[16];
    std::fill_n(empty, 16, -0.0f);
    kernels->add(empty, tiny, 1);
    EXPECT_EQ(BitsOf(empty[15]), BitsOf(0.0f));
  }
}

TYPED_TEST(Reduce, DotsOfRowsAreInnerProducts) {
  using T = TypeParam;
  constexpr size_t kApart = 50;
  const auto x = Values<T>(kApart, 7);
  const auto rows = Values<T>(11 * kApart, 8);
  for (const FloatKernels<T>* kernels : Tables<T>()) {
    for (size_t count = 0; count <= 11; ++count) {
      for (size_t n = 0; n <= kApart; ++n) {
        T sums[12];
        sums[count] = 77;
        kernels->dots(x.data(), {rows.data(), kApart}, count, n, sums);
        EXPECT_EQ(sums[count], 77);
        for (size_t i = 0; i < count; ++i) {
          T lanes[kLanes] = {};
          kernels->add_products(lanes, x.data(), rows.data() + i * kApart, n);
          ASSERT_EQ(sums[i], kernels->sum_lanes(lanes)) << count << " " << n;
        }
      }
    }
  }
}

TYPED_TEST(Reduce, TilesAreOneChainPerOutput) {
  using T = TypeParam;
  constexpr size_t kRowsOfA = 17, kApartA = 40, kApartB = 20, kApartC = 18;
  const auto a = Values<T>(kRowsOfA * kApartA, 4);
  const auto b = Values<T>(kApartA * kApartB, 5);
  const auto start = Values<T>(kRowsOfA * kApartC, 6);
  for (const FloatKernels<T>* kernels : Tables<T>()) {
    for (size_t rows = 0; rows <= kRowsOfA; ++rows) {
      for (size_t depth : {size_t{0}, size_t{1}, size_t{7}, kApartA}) {
        auto c = start;
        kernels->tile({a.data(), kApartA}, {b.data(), kApartB}, {c.data(), kApartC}, rows, depth);
        for (size_t i = 0; i < kRowsOfA; ++i) {
          for (size_t j = 0; j < kApartC; ++j) {
            T chain = start[i * kApartC + j];
            for (size_t k = 0; i < rows && j < kTile && k < depth; ++k)
              chain = std::fma(a[i * kApartA + k], b[k * kApartB + j], chain);
            ASSERT_EQ(c[i * kApartC + j], chain) << rows << " " << depth;
          }
        }
      }
    }
  }
}

}  // namespace reduce_test
}  // namespace moonlet
