#include "engine/kernels/svdf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace svdf_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;
using reference::Wrap;

template <typename T>
std::vector<T> RandomOf(Random& random, int64_t n) {
  std::vector<T> v(static_cast<size_t>(n));
  const bool extreme = random.Chance(10);
  for (T& x : v) {
    constexpr T kLow = std::numeric_limits<T>::min();
    constexpr T kHigh = std::numeric_limits<T>::max();
    x = static_cast<T>(extreme ? (random.Chance(50) ? kLow : kHigh) : random.Int(kLow, kHigh));
  }
  return v;
}

// A layer as the sheet describes it: per batch and filter a queue of numbers.
template <typename State>
class Layer {
 public:
  Layer(Random& random, const SvdfS8Params& p)
      : p_(p),
        features(random.S8(int64_t{p.filters} * p.depth)),
        times(RandomOf<State>(random, int64_t{p.filters} * p.memory)),
        queues_(static_cast<size_t>(p.batches * p.filters),
                std::deque<Wide>(static_cast<size_t>(p.memory), p.state_zero)) {
    const bool large = random.Chance(10);
    for (int32_t unit = 0; unit < p.filters / p.rank; ++unit)
      bias.push_back(large ? random.Int(kInt32Min, kInt32Max) : random.Int(-9999, 9999));
  }

  std::vector<int8_t> operator()(const std::vector<int8_t>& frame) {
    std::vector<int8_t> output;
    for (int32_t n = 0; n < p_.batches; ++n) {
      for (int32_t f = 0; f < p_.filters; ++f) Take(frame, n, f);
      for (int32_t unit = 0; unit < p_.filters / p_.rank; ++unit) output.push_back(Unit(n, unit));
    }
    return output;
  }

 private:
  std::deque<Wide>& Queue(int32_t n, int32_t f) {
    return queues_[static_cast<size_t>(n * p_.filters + f)];
  }
  void Take(const std::vector<int8_t>& frame, int32_t n, int32_t f) {
    Wide sum = 0;
    for (int32_t d = 0; d < p_.depth; ++d)
      sum += Wide{features[static_cast<size_t>(f * p_.depth + d)]} *
             (frame[static_cast<size_t>(n * p_.depth + d)] - p_.input_zero);
    const Wide low = std::numeric_limits<State>::min(), high = std::numeric_limits<State>::max();
    const Wide scaled = reference::Scaled(Wrap(sum), p_.feature_scale);
    Wide number = std::min(std::max(scaled, low), high) + p_.state_zero;
    if (number > high) number -= high - low + 1;
    if (number < low) number += high - low + 1;
    Queue(n, f).pop_front();
    Queue(n, f).push_back(number);
  }
  int8_t Unit(int32_t n, int32_t unit) {
    Wide sum = bias[static_cast<size_t>(unit)];
    for (int32_t f = unit * p_.rank; f < (unit + 1) * p_.rank; ++f)
      for (int32_t m = 0; m < p_.memory; ++m)
        sum += Wide{times[static_cast<size_t>(f * p_.memory + m)]} *
               (Queue(n, f)[static_cast<size_t>(m)] - p_.state_zero);
    return reference::Finish(sum, p_.time_scale, p_.output.zero, p_.output.min, p_.output.max);
  }

  SvdfS8Params p_;

 public:
  std::vector<int8_t> features;
  std::vector<State> times;
  std::vector<int32_t> bias;

 private:
  std::vector<std::deque<Wide>> queues_;
};

SvdfS8Params RandomParams(Random& random, bool wide) {
  SvdfS8Params p;
  p.batches = random.Int(1, 3);
  p.depth = random.Int(1, 40);
  p.rank = random.Int(1, 3);
  p.filters = p.rank * random.Int(1, 8);
  p.memory = random.Int(1, 12);
  p.input_zero = random.Zero();
  p.state_zero =
      wide && random.Chance(50) ? static_cast<int16_t>(random.Int(-32768, 32767)) : random.Zero();
  p.feature_scale = random.Scale();
  p.time_scale = random.Scale();
  p.output.zero = random.Zero();
  return p;
}

// A copy at an odd address, as a hostile file may have it.
template <typename T>
class OddCopy {
 public:
  explicit OddCopy(const std::vector<T>& values) : bytes_(1 + values.size() * sizeof(T)) {
    std::memcpy(bytes_.data() + 1, values.data(), values.size() * sizeof(T));
  }
  operator Unaligned<T>() const { return Unaligned<T>(bytes_.data() + 1); }

 private:
  std::vector<uint8_t> bytes_;
};

template <typename State>
void CompareOverFrames(Random& random) {
  const SvdfS8Params p = RandomParams(random, sizeof(State) == 2);
  Layer<State> layer(random, p);
  const OddCopy times(layer.times);
  const OddCopy bias(layer.bias);
  std::vector<State> state(static_cast<size_t>(p.batches * p.filters * p.memory),
                           static_cast<State>(p.state_zero));
  std::vector<int8_t> output(static_cast<size_t>(p.batches * p.filters / p.rank));
  StopToken stop;
  for (int frame = 0; frame < 5; ++frame) {
    const auto input = random.S8(int64_t{p.batches} * p.depth);
    ASSERT_TRUE(SvdfS8<State>(p, input.data(), layer.features.data(), times, bias, state.data(),
                              output.data(), stop));
    ASSERT_EQ(output, layer(input)) << "frame " << frame;
  }
}

TEST(SvdfS8, AgreesWithQueuesOfNumbers) {
  Random random(71);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    CompareOverFrames<int8_t>(random);
    CompareOverFrames<int16_t>(random);
  }
}

TEST(SvdfS8, ScalesAreProductsInFloat32) {
  SvdfS8Params p;
  ASSERT_TRUE(MakeSvdfScales(0.5f, 0.25f, 0.5f, 0.5f, 1.0f, &p));
  EXPECT_EQ(p.feature_scale.value, 1 << 30);
  EXPECT_EQ(p.feature_scale.shift, -1);
  EXPECT_EQ(p.time_scale.shift, -1);
  // In double this would be finite.
  EXPECT_FALSE(MakeSvdfScales(1e20f, 1e20f, 1e20f, 1, 1e20f, &p));
  EXPECT_FALSE(MakeSvdfScales(1, 1, 1e20f, 1e20f, 1e20f, &p));
}

TEST(SvdfS8, ALongFrameWrapsAndStops) {
  constexpr int32_t kDepth = 100001;
  const std::vector<int8_t> input(kDepth, -128), features(kDepth, -128);
  SvdfS8Params p;
  p.depth = kDepth;
  p.filters = p.memory = 1;
  p.input_zero = 127;
  p.feature_scale = {1 << 30, -24};
  p.time_scale = {1 << 30, 1};
  const int8_t time = 1;
  const int32_t bias = 0;
  int8_t state = 0, output;
  StopToken stop;
  const auto run = [&] {
    return SvdfS8<int8_t>(p, input.data(), features.data(), Unaligned<int8_t>(&time),
                          Unaligned<int32_t>(&bias), &state, &output, stop);
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(output, reference::Finish(Wide{kDepth} * 128 * 255, p.feature_scale, 0, -128, 127));
  stop.Raise();
  EXPECT_FALSE(run());
}

}  // namespace svdf_test
}  // namespace moonlet
