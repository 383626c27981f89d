#include "engine/kernels/depthwise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/float_mode.h"
#include "engine/base/isa.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace depthwise_test {

using reference::Padded;
using reference::Random;
using reference::Rounds;
using reference::Wide;

struct Case {
  Window window;
  int32_t channels, multiplier, outputs;

  explicit Case(Random& random) {
    window.batches = random.Int(1, 3);
    window.y = reference::RandomAxis(random, true);
    window.x = reference::RandomAxis(random, true);
    channels = random.Chance(30) ? random.Int(30, 70) : random.Int(1, 5);
    multiplier = random.Chance(40) ? random.Int(2, 9) : 1;
    outputs = channels * multiplier;
  }
  int64_t input_size() const {
    return int64_t{window.batches} * window.y.input * window.x.input * channels;
  }
  int64_t filter_size() const { return int64_t{window.y.kernel} * window.x.kernel * outputs; }
  int64_t output_size() const {
    return int64_t{window.batches} * window.y.output * window.x.output * outputs;
  }

  template <typename T, typename W, typename Sum, typename Add, typename Visit>
  void ForEachOutput(const Padded<T>& image, const W* filter, Sum zero, Add add,
                     Visit visit) const {
    int64_t index = 0;
    for (int32_t n = 0; n < window.batches; ++n)
      for (int32_t oy = 0; oy < window.y.output; ++oy)
        for (int32_t ox = 0; ox < window.x.output; ++ox)
          for (int32_t ic = 0; ic < channels; ++ic)
            for (int32_t j = 0; j < multiplier; ++j) {
              const int32_t c = ic * multiplier + j;
              Sum sum = zero;
              for (int32_t ky = 0; ky < window.y.kernel; ++ky)
                for (int32_t kx = 0; kx < window.x.kernel; ++kx) {
                  const int32_t iy = oy * window.y.stride - window.y.pad + ky * window.y.dilation;
                  const int32_t ix = ox * window.x.stride - window.x.pad + kx * window.x.dilation;
                  sum = add(sum, image.At(n, iy, ix, ic),
                            filter[(ky * window.x.kernel + kx) * outputs + c]);
                }
              visit(index++, c, sum);
            }
  }
};

TEST(DepthwiseS8, AgreesWithThePaddedSum) {
  Random random(21);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const reference::RandomFinish finish(random, sizes.outputs);
    const DepthwiseS8Params p = {sizes.window, sizes.channels, sizes.multiplier, random.Zero(),
                                 finish.output};
    const auto input = random.S8(sizes.input_size());
    const auto filter = random.S8(sizes.filter_size());
    std::vector<int8_t> output(static_cast<size_t>(sizes.output_size()));
    StopToken stop;
    ASSERT_TRUE(scalar::DepthwiseS8(p, input.data(), filter.data(), finish.bias(), finish.scales(),
                                    output.data(), stop));
    const Padded<int8_t> image(sizes.window, sizes.channels, input,
                               static_cast<int8_t>(p.input_zero));
    sizes.ForEachOutput(
        image, filter.data(), Wide{0},
        [&](Wide sum, int8_t x, int8_t w) { return sum + Wide{x - p.input_zero} * w; },
        [&](int64_t i, int32_t c, Wide sum) {
          ASSERT_EQ(output[static_cast<size_t>(i)], finish(sum, c)) << "output " << i;
        });
  }
}

// Every variant this machine can run.
std::vector<decltype(&DepthwiseF32)> Variants() {
  std::vector<decltype(&DepthwiseF32)> variants = {DepthwiseF32, scalar::DepthwiseF32};
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) variants.push_back(scalar_fma::DepthwiseF32);
  if (HostIsa() >= Isa::kAvx2) variants.push_back(avx2::DepthwiseF32);
  if (HostIsa() >= Isa::kAvx512) variants.push_back(avx512::DepthwiseF32);
#endif
  return variants;
}

TEST(DepthwiseF32, IsOneFusedChainPerOutputInEveryVariant) {
  Random random(22);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const DepthwiseF32Params p = {
        sizes.window, sizes.channels, sizes.multiplier,
        random.Chance(50) ? RangeF32{0, 6} : MakeRangeF32(Activation::kNone)};
    const auto input = random.F32(sizes.input_size());
    const auto filter = random.F32(sizes.filter_size());
    const auto bias = random.F32(sizes.outputs);
    const bool with_bias = random.Chance(80);
    const Padded<float> image(sizes.window, sizes.channels, input, 0.0f);
    for (const auto variant : Variants()) {
      std::vector<float> output(static_cast<size_t>(sizes.output_size()));
      StopToken stop;
      ASSERT_TRUE(variant(p, input.data(), Unaligned<float>(filter.data()),
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

TEST(DepthwiseF32, VariantsAgreeWithTheSpecification) {
  const FlushDenormals flush;
  Random random(23);
  for (int round = 0; round < Rounds() / 2; ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const DepthwiseF32Params p = {sizes.window, sizes.channels, sizes.multiplier,
                                  MakeRangeF32(Activation::kNone)};
    const auto input = random.AnyF32(sizes.input_size());
    const auto filter = random.AnyF32(sizes.filter_size());
    const auto bias = random.AnyF32(sizes.outputs);
    const Unaligned<float> weights(filter.data());
    const Unaligned<float> biases(random.Chance(50) ? bias.data() : nullptr);
    StopToken stop;
    std::vector<float> expected(static_cast<size_t>(sizes.output_size()));
    ASSERT_TRUE(scalar::DepthwiseF32(p, input.data(), weights, biases, expected.data(), stop));
    for (const auto variant : Variants()) {
      std::vector<float> output(expected.size());
      ASSERT_TRUE(variant(p, input.data(), weights, biases, output.data(), stop));
      ASSERT_EQ(reference::FirstDifference(output, expected), output.size());
    }
  }
}

TEST(Depthwise, StopsWhenAsked) {
  DepthwiseS8Params p = {Window{}, 1, 1, 0, {}};
  p.window.y = p.window.x = {1, 1, 1, 1, 1, 0};
  const int8_t byte = 1;
  int8_t output;
  const Multiplier m = {1 << 30, 0};
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(scalar::DepthwiseS8(p, &byte, &byte, {}, ChannelScales(m), &output, stop));
  const DepthwiseF32Params pf = {p.window, 1, 1, {0, 1}};
  const float one = 1;
  float result;
  EXPECT_FALSE(DepthwiseF32(pf, &one, Unaligned<float>(&one), {}, &result, stop));
}

}  // namespace depthwise_test
}  // namespace moonlet
