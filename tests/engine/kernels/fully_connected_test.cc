#include "engine/kernels/fully_connected.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace fully_connected_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

TEST(FullyConnectedS8, AgreesWithTheExactSum) {
  Random random(31);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int32_t outputs = random.Int(1, 20);
    const reference::RandomFinish finish(random, outputs);
    const FullyConnectedS8Params p = {random.Int(1, 3),
                                      random.Int(1, 200),
                                      outputs,
                                      random.Zero(),
                                      random.Chance(50) ? random.Zero() : int16_t{0},
                                      finish.output};
    const auto input = random.S8(int64_t{p.batches} * p.depth);
    const auto filter = random.S8(int64_t{p.outputs} * p.depth);
    std::vector<int8_t> output(static_cast<size_t>(p.batches * p.outputs));
    StopToken stop;
    ASSERT_TRUE(scalar::FullyConnectedS8(p, input.data(), filter.data(), finish.bias(),
                                         finish.scales(), output.data(), stop));
    for (int32_t n = 0; n < p.batches; ++n) {
      for (int32_t c = 0; c < p.outputs; ++c) {
        Wide sum = 0;
        for (int32_t d = 0; d < p.depth; ++d) {
          sum += Wide{filter[static_cast<size_t>(c * p.depth + d)] - p.filter_zero} *
                 (input[static_cast<size_t>(n * p.depth + d)] - p.input_zero);
        }
        ASSERT_EQ(output[static_cast<size_t>(n * p.outputs + c)], finish(sum, c));
      }
    }
  }
}

TEST(FullyConnectedS8, ALongRowWrapsAndStops) {
  // More than one piece of the inner loop, and a sum beyond int32.
  constexpr int32_t kDepth = 100001;
  const std::vector<int8_t> input(kDepth, -128), filter(kDepth, 127);
  const FullyConnectedS8Params p = {1, kDepth, 1, 127, -128, {}};
  const Multiplier m = {1 << 30, -24};
  int8_t output;
  StopToken stop;
  ASSERT_TRUE(scalar::FullyConnectedS8(p, input.data(), filter.data(), {}, ChannelScales(m),
                                       &output, stop));
  EXPECT_EQ(output, reference::Finish(Wide{kDepth} * -255 * 255, m, 0, -128, 127));
  stop.Raise();
  EXPECT_FALSE(scalar::FullyConnectedS8(p, input.data(), filter.data(), {}, ChannelScales(m),
                                        &output, stop));
}

// The order of engine/kernels/fully_connected.h, from its words: lanes of padded rows.
float LaneDot(const std::vector<float>& x, const std::vector<float>& w, size_t from_x,
              size_t from_w, size_t n) {
  std::vector<std::vector<float>> steps;
  for (size_t i = 0; i < n; ++i) {
    if (i % 16 == 0) steps.emplace_back(32, 0.0f);
    steps.back()[i % 16] = x[from_x + i];
    steps.back()[16 + i % 16] = w[from_w + i];
  }
  std::vector<float> lanes(16, 0.0f);
  for (const auto& step : steps)
    for (size_t j = 0; j < 16; ++j) lanes[j] = std::fma(step[j], step[16 + j], lanes[j]);
  while (lanes.size() > 1) {
    std::vector<float> half;
    for (size_t j = 0; j < lanes.size() / 2; ++j)
      half.push_back(lanes[j] + lanes[j + lanes.size() / 2]);
    lanes = half;
  }
  return lanes[0];
}

TEST(FullyConnectedF32, IsADotInSixteenLanes) {
  Random random(32);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const FullyConnectedF32Params p = {
        random.Int(1, 3), random.Int(1, 80), random.Int(1, 9),
        random.Chance(50) ? RangeF32{0, 6} : MakeRangeF32(Activation::kNone)};
    const auto input = random.F32(int64_t{p.batches} * p.depth);
    const auto filter = random.F32(int64_t{p.outputs} * p.depth);
    const auto bias = random.F32(p.outputs);
    const bool with_bias = random.Chance(80);
    std::vector<float> output(static_cast<size_t>(p.batches * p.outputs));
    StopToken stop;
    ASSERT_TRUE(FullyConnectedF32(p, input.data(), Unaligned<float>(filter.data()),
                                  Unaligned<float>(with_bias ? bias.data() : nullptr),
                                  output.data(), stop));
    const auto depth = static_cast<size_t>(p.depth);
    for (size_t i = 0; i < output.size(); ++i) {
      const size_t n = i / static_cast<size_t>(p.outputs), c = i % static_cast<size_t>(p.outputs);
      float sum = LaneDot(input, filter, n * depth, c * depth, depth);
      if (with_bias) sum += bias[c];
      ASSERT_EQ(output[i], std::min(std::max(sum, p.range.min), p.range.max)) << i;
    }
  }
}

TEST(FullyConnectedF32, StopsWhenAsked) {
  const FullyConnectedF32Params p = {1, 1, 1, {0, 1}};
  const float one = 1;
  float result;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(FullyConnectedF32(p, &one, Unaligned<float>(&one), {}, &result, stop));
}

}  // namespace fully_connected_test
}  // namespace moonlet
