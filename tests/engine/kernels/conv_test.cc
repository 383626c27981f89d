#include "engine/kernels/conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/base/float_mode.h"
#include "engine/base/isa.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace conv_test {

using reference::Padded;
using reference::Random;
using reference::Rounds;
using reference::Wide;

// Sizes of a random convolution, for both element types.
struct Case {
  Window window;
  int32_t in_channels, out_channels, groups;

  explicit Case(Random& random) {
    window.batches = random.Int(1, 3);
    window.y = reference::RandomAxis(random, true);
    window.x = reference::RandomAxis(random, true);
    groups = random.Chance(30) ? random.Int(2, 4) : 1;
    in_channels = groups * (random.Chance(10) ? random.Int(30, 200) : random.Int(1, 6));
    out_channels = groups * random.Int(1, 11);
  }
  int64_t input_size() const {
    return int64_t{window.batches} * window.y.input * window.x.input * in_channels;
  }
  int64_t filter_size() const {
    return int64_t{out_channels} * window.y.kernel * window.x.kernel * (in_channels / groups);
  }
  int64_t output_size() const {
    return int64_t{window.batches} * window.y.output * window.x.output * out_channels;
  }

  // Visits each output in order: visit(index, channel, sum) with sum from
  // add(sum, x, w) over all taps of the padded image.
  template <typename T, typename W, typename Sum, typename Add, typename Visit>
  void ForEachOutput(const Padded<T>& image, const W* filter, Sum zero, Add add,
                     Visit visit) const {
    const int32_t depth = in_channels / groups;
    int64_t index = 0;
    for (int32_t n = 0; n < window.batches; ++n)
      for (int32_t oy = 0; oy < window.y.output; ++oy)
        for (int32_t ox = 0; ox < window.x.output; ++ox)
          for (int32_t c = 0; c < out_channels; ++c) {
            Sum sum = zero;
            for (int32_t ky = 0; ky < window.y.kernel; ++ky)
              for (int32_t kx = 0; kx < window.x.kernel; ++kx)
                for (int32_t i = 0; i < depth; ++i) {
                  const int32_t iy = oy * window.y.stride - window.y.pad + ky * window.y.dilation;
                  const int32_t ix = ox * window.x.stride - window.x.pad + kx * window.x.dilation;
                  const int32_t ic = c / (out_channels / groups) * depth + i;
                  const W w =
                      filter[((c * window.y.kernel + ky) * window.x.kernel + kx) * depth + i];
                  sum = add(sum, image.At(n, iy, ix, ic), w);
                }
            visit(index++, c, sum);
          }
  }
};

TEST(ConvS8, AgreesWithThePaddedSum) {
  Random random(11);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const reference::RandomFinish finish(random, sizes.out_channels);
    const ConvS8Params p = {sizes.window, sizes.in_channels, sizes.out_channels,
                            sizes.groups, random.Zero(),     finish.output};
    const auto input = random.S8(sizes.input_size());
    const auto filter = random.S8(sizes.filter_size());
    std::vector<int8_t> output(static_cast<size_t>(sizes.output_size()));
    StopToken stop;
    ASSERT_TRUE(scalar::ConvS8(p, input.data(), filter.data(), finish.bias(), finish.scales(),
                               output.data(), stop));
    const Padded<int8_t> image(sizes.window, sizes.in_channels, input,
                               static_cast<int8_t>(p.input_zero));
    sizes.ForEachOutput(
        image, filter.data(), Wide{0},
        [&](Wide sum, int8_t x, int8_t w) { return sum + Wide{x - p.input_zero} * w; },
        [&](int64_t i, int32_t c, Wide sum) {
          ASSERT_EQ(output[static_cast<size_t>(i)], finish(sum, c)) << "output " << i;
        });
  }
}

TEST(ConvS8, TheAccumulatorWraps) {
  // 70,000 products of 255 * -128 do not fit int32; neither does the bias on top.
  constexpr int32_t kDepth = 70000;
  const std::vector<int8_t> input(kDepth, 127), filter(kDepth, -128);
  const int32_t bias = kInt32Min;
  ConvS8Params p = {Window{}, kDepth, 1, 1, -128, {}};
  ASSERT_TRUE(MakeAxis(Padding::kValid, 1, 1, 1, 1, &p.window.y));
  ASSERT_TRUE(MakeAxis(Padding::kValid, 1, 1, 1, 1, &p.window.x));
  const Multiplier m = {1 << 30, -22};
  int8_t output;
  StopToken stop;
  ASSERT_TRUE(scalar::ConvS8(p, input.data(), filter.data(), Unaligned<int32_t>(&bias),
                             ChannelScales(m), &output, stop));
  EXPECT_EQ(output, reference::Finish(Wide{kDepth} * 255 * -128 + bias, m, 0, -128, 127));
}

// The two widths of accumulator, and no zero points.
template <typename Sum>
void ExpectConvS16(uint32_t seed, int32_t (*scaled)(Wide, Multiplier)) {
  Random random(seed);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const auto input = random.S16(sizes.input_size());
    const auto filter = random.S8(sizes.filter_size());
    const Multiplier m = {random.Int(1 << 30, kInt32Max), static_cast<int8_t>(random.Int(-20, 0))};
    std::vector<uint8_t> bias_bytes(1);  // an odd address
    std::vector<Sum> bias;
    for (int32_t c = 0; c < sizes.out_channels; ++c) {
      // Beyond 46 bits, 16 more of the multiplier do not fit the product.
      bias.push_back(static_cast<Sum>(random.engine()()) >>
                     random.Int(sizeof(Sum) == 8 ? 18 : 0, 24));
      const auto* bytes = reinterpret_cast<const uint8_t*>(&bias.back());
      bias_bytes.insert(bias_bytes.end(), bytes, bytes + sizeof(Sum));
    }
    const bool with_bias = random.Chance(80);
    const ConvS16Params p = {sizes.window,
                             sizes.in_channels,
                             sizes.out_channels,
                             sizes.groups,
                             {0, static_cast<int16_t>(random.Int(-32768, 0)), 32767}};
    std::vector<int16_t> output(static_cast<size_t>(sizes.output_size()));
    StopToken stop;
    ASSERT_TRUE(ConvS16(p, input.data(), filter.data(),
                        with_bias ? Unaligned<Sum>(bias_bytes.data() + 1) : Unaligned<Sum>(),
                        ChannelScales(m), output.data(), stop));
    const Padded<int16_t> image(sizes.window, sizes.in_channels, input, 0);
    sizes.ForEachOutput(
        image, filter.data(), Wide{0}, [](Wide sum, int16_t x, int8_t w) { return sum + x * w; },
        [&](int64_t i, int32_t c, Wide sum) {
          if (with_bias) sum += bias[static_cast<size_t>(c)];
          const int32_t value = scaled(sum, m);
          ASSERT_EQ(output[static_cast<size_t>(i)],
                    std::max<int32_t>(p.output.min, std::min(value, 32767)))
              << "output " << i;
        });
  }
}

TEST(ConvS16, AgreesWithThePaddedSum) {
  ExpectConvS16<int32_t>(
      14, [](Wide sum, Multiplier m) { return reference::Scaled(reference::Wrap(sum), m); });
  ExpectConvS16<int64_t>(15, [](Wide sum, Multiplier m) {
    return reference::ScaledWide(static_cast<int64_t>(sum), m);
  });
}

// Every variant this machine can run.
std::vector<decltype(&ConvF32)> Variants() {
  std::vector<decltype(&ConvF32)> variants = {ConvF32, scalar::ConvF32};
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) variants.push_back(scalar_fma::ConvF32);
  if (HostIsa() >= Isa::kAvx2) variants.push_back(avx2::ConvF32);
  if (HostIsa() >= Isa::kAvx512) variants.push_back(avx512::ConvF32);
#endif
  return variants;
}

TEST(ConvF32, IsOneFusedChainPerOutputInEveryVariant) {
  Random random(12);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const ConvF32Params p = {sizes.window, sizes.in_channels, sizes.out_channels, sizes.groups,
                             random.Chance(50) ? RangeF32{0, 6} : MakeRangeF32(Activation::kNone)};
    const auto input = random.F32(sizes.input_size());
    const auto filter = random.F32(sizes.filter_size());
    const auto bias = random.F32(sizes.out_channels);
    const bool with_bias = random.Chance(80);
    std::vector<uint8_t> filter_bytes(3 + 4 * filter.size());
    std::memcpy(filter_bytes.data() + 3, filter.data(), 4 * filter.size());
    const Padded<float> image(sizes.window, sizes.in_channels, input, 0.0f);
    for (const auto variant : Variants()) {
      std::vector<float> output(static_cast<size_t>(sizes.output_size()));
      StopToken stop;
      ASSERT_TRUE(variant(p, input.data(), Unaligned<float>(filter_bytes.data() + 3),
                          Unaligned<float>(with_bias ? bias.data() : nullptr), output.data(),
                          stop));
      sizes.ForEachOutput(
          image, filter.data(), 0.0f,
          [](float sum, float x, float w) { return std::fma(x, w, sum); },
          [&](int64_t i, int32_t c, float sum) {
            if (with_bias) sum += bias[static_cast<size_t>(c)];
            sum = std::min(std::max(sum, p.range.min), p.range.max);
            ASSERT_EQ(output[static_cast<size_t>(i)], sum) << "output " << i;
          });
    }
  }
}

// Channels and taps of every number of registers and of slices, with any floats.
TEST(ConvF32, VariantsAgreeWithTheSpecification) {
  const FlushDenormals flush;
  Random random(16);
  for (int round = 0; round < Rounds() / 4; ++round) {
    SCOPED_TRACE(round);
    Case sizes(random);
    sizes.out_channels = sizes.groups * random.Int(1, 70);
    const ConvF32Params p = {sizes.window, sizes.in_channels, sizes.out_channels, sizes.groups,
                             MakeRangeF32(Activation::kNone)};
    const auto input = random.AnyF32(sizes.input_size());
    const auto filter = random.AnyF32(sizes.filter_size());
    const auto bias = random.AnyF32(sizes.out_channels);
    const Unaligned<float> weights(filter.data());
    const Unaligned<float> biases(random.Chance(50) ? bias.data() : nullptr);
    StopToken stop;
    std::vector<float> expected(static_cast<size_t>(sizes.output_size()));
    ASSERT_TRUE(scalar::ConvF32(p, input.data(), weights, biases, expected.data(), stop));
    for (const auto variant : Variants()) {
      std::vector<float> output(expected.size());
      ASSERT_TRUE(variant(p, input.data(), weights, biases, output.data(), stop));
      ASSERT_EQ(reference::FirstDifference(output, expected), output.size());
    }
  }
}

TEST(Conv, StopsWhenAsked) {
  ConvS8Params p = {Window{}, 1, 1, 1, 0, {}};
  const int8_t byte = 1;
  int8_t output;
  const Multiplier m = {1 << 30, 0};
  StopToken stop;
  stop.Raise();
  p.window.y = p.window.x = {1, 1, 1, 1, 1, 0};
  EXPECT_FALSE(scalar::ConvS8(p, &byte, &byte, {}, ChannelScales(m), &output, stop));
  const ConvF32Params pf = {p.window, 1, 1, 1, {0, 1}};
  const float one = 1;
  float result;
  EXPECT_FALSE(ConvF32(pf, &one, Unaligned<float>(&one), {}, &result, stop));
}

}  // namespace conv_test
}  // namespace moonlet
