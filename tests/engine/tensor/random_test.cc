#include "engine/tensor/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/kernels/float_bits.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace random_test {

const StopToken kNoStop;

// The published generators, as their authors print them for seed 0 and this state.
TEST(Random, FollowsSplitMixAndXoshiro) {
  uint64_t s[4];
  uint64_t x = 42;
  for (uint64_t& word : s) {
    uint64_t z = (x += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
  const auto rotl = [](uint64_t v, int k) { return (v << k) | (v >> (64 - k)); };
  Random random(42);
  for (int i = 0; i < 100; ++i) {
    const uint64_t expected = rotl(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    EXPECT_EQ(random.Next(), expected);
  }
}

template <typename T>
std::vector<T> Filled(Status (*fill)(const Tensor&, Random*, const StopToken&) noexcept, Index n) {
  std::vector<T> x(static_cast<size_t>(n));
  Random random(7);
  EXPECT_TRUE(fill(Over(x, {n}), &random, kNoStop).ok());
  return x;
}

TEST(FillUniform, IsEvenBelowOne) {
  const auto x = Filled<float>(FillUniform, 100000);
  EXPECT_GE(*std::min_element(x.begin(), x.end()), 0);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 1);
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / 1e5;
  EXPECT_NEAR(mean, 0.5, 0.005);
}

template <typename T>
void CheckNormal() {
  const auto x = Filled<T>(FillNormal, 200000);
  double sums[5] = {};
  for (T v : x)
    for (int power = 1; power <= 4; ++power) sums[power] += std::pow(double(v), power) / 2e5;
  EXPECT_NEAR(sums[1], 0, 0.01);
  EXPECT_NEAR(sums[2], 1, 0.015);
  EXPECT_NEAR(sums[3], 0, 0.03);
  EXPECT_NEAR(sums[4], 3, 0.1);
}

TEST(FillNormal, HasTheMomentsOfTheNormalDistribution) {
  CheckNormal<float>();
  CheckNormal<double>();
}

TEST(FillNormal, StreamDoesNotDependOnStrides) {
  const auto dense = Filled<float>(FillNormal, 999);
  std::vector<float> wide(2997);
  const Tensor t = Slice(Over(wide, {2997}), 0, 2996, 999, -3);
  Random random(7);
  ASSERT_TRUE(FillNormal(t, &random, kNoStop).ok());
  EXPECT_EQ(Elements<float>(t), dense);
}

// Values of a first run: a change of the stream is a change of every seeded script.
TEST(FillNormal, KeepsItsBits) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (float v : Filled<float>(FillNormal, 1000)) hash = (hash ^ BitsOf(v)) * 0x100000001B3u;
  EXPECT_EQ(hash, 0x94EECB54ED423177u);
}

TEST(FillIntegers, ReachesBothEndsAndNoMore) {
  std::vector<int8_t> x(10000);
  Random random(1);
  ASSERT_TRUE(FillIntegers(Over(x, {10000}), -128, 127, &random, kNoStop).ok());
  EXPECT_EQ(*std::min_element(x.begin(), x.end()), -128);
  EXPECT_EQ(*std::max_element(x.begin(), x.end()), 127);
  std::vector<int64_t> wide(10);
  ASSERT_TRUE(FillIntegers(Over(wide, {10}), INT64_MIN, INT64_MAX, &random, kNoStop).ok());
  ASSERT_TRUE(FillIntegers(Over(wide, {10}), 5, 5, &random, kNoStop).ok());
  EXPECT_EQ(wide, std::vector<int64_t>(10, 5));
}

TEST(FillPermutation, HoldsEveryNumberOnce) {
  for (Index n : {0, 1, 2, 1000}) {
    std::vector<int32_t> x(static_cast<size_t>(n));
    Random random(5);
    ASSERT_TRUE(FillPermutation(Over(x, {n}), &random, kNoStop).ok());
    EXPECT_TRUE(n < 1000 || !std::is_sorted(x.begin(), x.end()));
    std::sort(x.begin(), x.end());
    for (Index i = 0; i < n; ++i) EXPECT_EQ(x[static_cast<size_t>(i)], i + 1);
  }
}

}  // namespace random_test
}  // namespace moonlet
