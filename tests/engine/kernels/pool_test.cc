#include "engine/kernels/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace pool_test {

using reference::Random;
using reference::Rounds;

struct Case {
  Window window;
  int32_t channels;

  explicit Case(Random& random) {
    window.batches = random.Int(1, 3);
    window.y = reference::RandomAxis(random, false);
    window.x = reference::RandomAxis(random, false);
    channels = random.Chance(30) ? random.Int(30, 70) : random.Int(1, 5);
  }
  int64_t input_size() const {
    return int64_t{window.batches} * window.y.input * window.x.input * channels;
  }
  size_t output_size() const {
    return static_cast<size_t>(window.batches * window.y.output * window.x.output * channels);
  }

  // The input values below output `index`, in order.
  template <typename T>
  std::vector<T> Values(const std::vector<T>& input, size_t index) const {
    auto rest = static_cast<int32_t>(index);
    const int32_t c = rest % channels;
    rest /= channels;
    const int32_t ox = rest % window.x.output;
    rest /= window.x.output;
    const int32_t oy = rest % window.y.output;
    const int32_t n = rest / window.y.output;
    std::vector<T> values;
    for (int32_t y = 0; y < window.y.input; ++y)
      for (int32_t x = 0; x < window.x.input; ++x) {
        const int32_t ky = y - (oy * window.y.stride - window.y.pad);
        const int32_t kx = x - (ox * window.x.stride - window.x.pad);
        if (ky < 0 || ky >= window.y.kernel || kx < 0 || kx >= window.x.kernel) continue;
        values.push_back(input[static_cast<size_t>(
            ((n * window.y.input + y) * window.x.input + x) * channels + c)]);
      }
    return values;
  }
};

TEST(PoolS8, AverageRoundsAwayAndMaxIsExact) {
  Random random(41);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    PoolS8Params p = {sizes.window, sizes.channels, -128, 127};
    if (random.Chance(30)) p.min = static_cast<int16_t>(random.Int(-128, 0));
    if (random.Chance(30)) p.max = static_cast<int16_t>(random.Int(0, 127));
    const auto input = random.S8(sizes.input_size());
    std::vector<int8_t> average(sizes.output_size()), largest(sizes.output_size());
    StopToken stop;
    ASSERT_TRUE(AveragePoolS8(p, input.data(), average.data(), stop));
    ASSERT_TRUE(MaxPoolS8(p, input.data(), largest.data(), stop));
    for (size_t i = 0; i < average.size(); ++i) {
      const auto values = sizes.Values(input, i);
      double sum = 0;
      for (int8_t v : values) sum += v;
      const auto mean = static_cast<int>(std::round(sum / static_cast<double>(values.size())));
      ASSERT_EQ(average[i], std::clamp<int>(mean, p.min, p.max)) << i;
      ASSERT_EQ(largest[i],
                std::clamp<int>(*std::max_element(values.begin(), values.end()), p.min, p.max));
    }
  }
}

TEST(PoolF32, AverageInOrderAndMax) {
  Random random(42);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const PoolF32Params p = {sizes.window, sizes.channels,
                             random.Chance(50) ? RangeF32{0, 1} : MakeRangeF32(Activation::kNone)};
    const auto input = random.F32(sizes.input_size());
    std::vector<float> average(sizes.output_size()), largest(sizes.output_size());
    StopToken stop;
    ASSERT_TRUE(AveragePoolF32(p, input.data(), average.data(), stop));
    ASSERT_TRUE(MaxPoolF32(p, input.data(), largest.data(), stop));
    for (size_t i = 0; i < average.size(); ++i) {
      const auto values = sizes.Values(input, i);
      float sum = 0;
      for (float v : values) sum += v;
      sum /= static_cast<float>(values.size());
      ASSERT_EQ(average[i], std::clamp(sum, p.range.min, p.range.max)) << i;
      ASSERT_EQ(largest[i], std::clamp(*std::max_element(values.begin(), values.end()), p.range.min,
                                       p.range.max));
    }
  }
}

TEST(Pool, StopsWhenAsked) {
  PoolS8Params p;
  p.channels = 1;
  p.window.y = p.window.x = {1, 1, 1, 1, 1, 0};
  const int8_t byte = 1;
  int8_t output;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(AveragePoolS8(p, &byte, &output, stop));
  EXPECT_FALSE(MaxPoolS8(p, &byte, &output, stop));
}

}  // namespace pool_test
}  // namespace moonlet
