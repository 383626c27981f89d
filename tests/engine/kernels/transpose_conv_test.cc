#include "engine/kernels/transpose_conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace transpose_conv_test {

using reference::Random;
using reference::Wide;

// Sizes of a random convolution backwards, and the sums that its inputs spread.
struct Case {
  Window window;
  int32_t in_channels, out_channels;

  explicit Case(Random& random) {
    window.batches = random.Int(1, 3);
    window.y = reference::RandomAxis(random, false);
    window.x = reference::RandomAxis(random, false);
    in_channels = random.Chance(10) ? random.Int(30, 200) : random.Int(1, 6);
    out_channels = random.Int(1, 9);
  }
  int64_t filter_size() const {
    return int64_t{out_channels} * window.y.kernel * window.x.kernel * in_channels;
  }
  int64_t input_size() const {
    return int64_t{window.batches} * window.y.output * window.x.output * in_channels;
  }

  // The sums from add(sum, x, w) over all inputs in order.
  template <typename Sum, typename T, typename W, typename Add>
  std::vector<Sum> Spread(const std::vector<T>& input, const std::vector<W>& filter,
                          Add add) const {
    const Axis &y = window.y, &x = window.x;
    std::vector<Sum> sums(static_cast<size_t>(window.batches * y.input * x.input * out_channels));
    for (int32_t n = 0; n < window.batches; ++n)
      for (int32_t iy = 0; iy < y.output; ++iy)
        for (int32_t ix = 0; ix < x.output; ++ix)
          for (int32_t ic = 0; ic < in_channels; ++ic)
            for (int32_t ky = 0; ky < y.kernel; ++ky)
              for (int32_t kx = 0; kx < x.kernel; ++kx)
                for (int32_t oc = 0; oc < out_channels; ++oc) {
                  const int32_t oy = iy * y.stride - y.pad + ky;
                  const int32_t ox = ix * x.stride - x.pad + kx;
                  if (oy < 0 || oy >= y.input || ox < 0 || ox >= x.input) continue;
                  const int32_t from = ((n * y.output + iy) * x.output + ix) * in_channels + ic;
                  const int32_t tap = ((oc * y.kernel + ky) * x.kernel + kx) * in_channels + ic;
                  const int32_t to = ((n * y.input + oy) * x.input + ox) * out_channels + oc;
                  Sum& sum = sums[static_cast<size_t>(to)];
                  sum =
                      add(sum, input[static_cast<size_t>(from)], filter[static_cast<size_t>(tap)]);
                }
    return sums;
  }
};

TEST(TransposeConvS8, AgreesWithTheSpreadInputs) {
  Random random(341);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const reference::RandomFinish finish(random, sizes.out_channels);
    const auto input = random.S8(sizes.input_size()), filter = random.S8(sizes.filter_size());
    const TransposeConvS8Params p = {sizes.window, sizes.in_channels, sizes.out_channels,
                                     random.Zero(), finish.output};
    const auto sums = sizes.Spread<Wide>(input, filter, [&](Wide sum, int8_t x, int8_t w) {
      return sum + Wide{x - p.input_zero} * w;
    });
    std::vector<int8_t> output(sums.size());
    StopToken stop;
    ASSERT_TRUE(scalar::TransposeConvS8(p, input.data(), filter.data(), finish.bias(),
                                        finish.scales(), output.data(), stop));
    for (size_t i = 0; i < sums.size(); ++i)
      ASSERT_EQ(output[i], finish(sums[i], static_cast<int32_t>(i) % sizes.out_channels)) << i;
  }
}

template <typename Bias>
void ExpectSpreadS16(uint32_t seed) {
  Random random(seed);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const auto input = random.S16(sizes.input_size());
    const auto filter = random.S8(sizes.filter_size());
    const Multiplier m = {random.Int(1 << 30, kInt32Max), static_cast<int8_t>(random.Int(-20, 0))};
    std::vector<Bias> bias;
    for (int32_t c = 0; c < sizes.out_channels; ++c)
      bias.push_back(static_cast<Bias>(random.Int(-40000, 40000)));
    const bool with_bias = random.Chance(80);
    const TransposeConvS16Params p = {sizes.window,
                                      sizes.in_channels,
                                      sizes.out_channels,
                                      0,
                                      {0, static_cast<int16_t>(random.Int(-32768, 0)), 32767}};
    auto sums = sizes.Spread<Wide>(input, filter,
                                   [](Wide sum, int16_t x, int8_t w) { return sum + x * w; });
    std::vector<int16_t> output(sums.size());
    StopToken stop;
    ASSERT_TRUE(TransposeConvS16(p, input.data(), filter.data(),
                                 with_bias ? Unaligned<Bias>(bias.data()) : Unaligned<Bias>(),
                                 ChannelScales(m), output.data(), stop));
    for (size_t i = 0; i < sums.size(); ++i) {
      if (with_bias) sums[i] += bias[i % bias.size()];
      const int32_t value = reference::ScaledWide(static_cast<int64_t>(sums[i]), m);
      ASSERT_EQ(output[i], std::clamp<int32_t>(value, p.output.min, p.output.max)) << i;
    }
  }
}

TEST(TransposeConvS16, AgreesWithTheSpreadInputs) {
  ExpectSpreadS16<int64_t>(342);
  ExpectSpreadS16<int16_t>(343);
}

// Every variant this machine can run.
std::vector<decltype(&TransposeConvF32)> Variants() {
  std::vector<decltype(&TransposeConvF32)> variants = {TransposeConvF32, scalar::TransposeConvF32};
#if defined(__x86_64__)
  if (HostIsa() >= Isa::kFma) variants.push_back(scalar_fma::TransposeConvF32);
  if (HostIsa() >= Isa::kAvx2) variants.push_back(avx2::TransposeConvF32);
  if (HostIsa() >= Isa::kAvx512) variants.push_back(avx512::TransposeConvF32);
#endif
  return variants;
}

TEST(TransposeConvF32, IsOneFusedChainPerOutputInEveryVariant) {
  Random random(344);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const Case sizes(random);
    const auto input = random.F32(sizes.input_size()), filter = random.F32(sizes.filter_size());
    const auto bias = random.F32(sizes.out_channels);
    const bool with_bias = random.Chance(80);
    const TransposeConvF32Params p = {sizes.window, sizes.in_channels, sizes.out_channels, {-4, 6}};
    std::vector<uint8_t> filter_bytes(3 + 4 * filter.size());
    std::memcpy(filter_bytes.data() + 3, filter.data(), 4 * filter.size());
    auto sums = sizes.Spread<float>(
        input, filter, [](float sum, float x, float w) { return std::fma(x, w, sum); });
    for (size_t i = 0; i < sums.size(); ++i) {
      if (with_bias) sums[i] += bias[i % bias.size()];
      sums[i] = std::min(std::max(sums[i], -4.0f), 6.0f);
    }
    for (const auto variant : Variants()) {
      std::vector<float> output(sums.size());
      StopToken stop;
      ASSERT_TRUE(variant(p, input.data(), Unaligned<float>(filter_bytes.data() + 3),
                          Unaligned<float>(with_bias ? bias.data() : nullptr), output.data(),
                          stop));
      ASSERT_EQ(output, sums);
    }
  }
}

TEST(TransposeConvS16, Stops) {
  TransposeConvS16Params p;
  p.in_channels = p.out_channels = 1;
  ASSERT_TRUE(MakeAxis(Padding::kValid, 1, 1, 1, 1, &p.window.y));
  p.window.x = p.window.y;
  const int16_t input = 1;
  const int8_t filter = 1;
  const Multiplier m = {1 << 30, 1};
  int16_t output;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(
      TransposeConvS16(p, &input, &filter, Unaligned<int64_t>(), ChannelScales(m), &output, stop));
}

}  // namespace transpose_conv_test
}  // namespace moonlet
