// The kernels for the DSP extension against the scalar specification: here their instructions are
// C++ (engine/kernels/simd32_dsp.h). Tensors are as large as they must be, so that the sanitizers
// see who reads on.
#include "engine/kernels/filter_s8_dsp.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/kernels/filter_s8_device.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace filter_dsp_test {

using reference::Random;
using reference::Rounds;

struct Sizes {
  int64_t input;
  int64_t weights;
  int64_t output;
  int32_t channels;  // of the output
};

Sizes SizesOf(const ConvS8Params& p) {
  const Window& w = p.window;
  const int64_t patch = int64_t{w.y.kernel} * w.x.kernel * (p.in_channels / p.groups);
  return {int64_t{w.batches} * w.y.input * w.x.input * p.in_channels, patch * p.out_channels,
          int64_t{w.batches} * w.y.output * w.x.output * p.out_channels, p.out_channels};
}

Sizes SizesOf(const DepthwiseS8Params& p) {
  const Window& w = p.window;
  const int32_t channels = p.channels * p.multiplier;
  return {int64_t{w.batches} * w.y.input * w.x.input * p.channels,
          int64_t{w.y.kernel} * w.x.kernel * channels,
          int64_t{w.batches} * w.y.output * w.x.output * channels, channels};
}

Sizes SizesOf(const FullyConnectedS8Params& p) {
  return {int64_t{p.batches} * p.depth, int64_t{p.outputs} * p.depth,
          int64_t{p.batches} * p.outputs, p.outputs};
}

template <typename Params>
std::vector<int8_t> Run(const FilterKernelS8<Params>& kernel, const Params& p,
                        const std::vector<int8_t>& input, const FilterS8& filter, int32_t shares) {
  std::vector<uint8_t> prepared(kernel.prepared_bytes(p)), scratch(kernel.scratch_bytes(p));
  std::vector<int8_t> output(static_cast<size_t>(SizesOf(p).output));
  kernel.prepare(p, filter, prepared.data());
  const LayerS8 layer = {filter.weights, prepared.data(), scratch.data()};
  const StopToken stop;
  for (int32_t i = 0; i < shares; ++i)
    EXPECT_TRUE(kernel.run(p, input.data(), layer, output.data(), {i, shares}, stop));
  return output;
}

// `kernel` is a device's, whose portable side goes with `run`.
template <typename Params>
void ExpectAgreement(Random& random, Params p, const FilterKernelS8<Params>& specification,
                     FilterKernelS8<Params> kernel, decltype(kernel.run) run) {
  kernel.run = run;
  const Sizes sizes = SizesOf(p);
  const reference::RandomFinish finish(random, sizes.channels);
  p.input_zero = random.Zero();
  p.output = finish.output;
  const std::vector<int8_t> input = random.S8(sizes.input), weights = random.S8(sizes.weights);
  const FilterS8 filter = {weights.data(), finish.bias(), finish.scales()};
  const int32_t shares = random.Chance(50) ? 1 : random.Int(2, 4);
  EXPECT_EQ(Run(kernel, p, input, filter, shares), Run(specification, p, input, filter, 1));
}

Window RandomWindow(Random& random) {
  return {random.Int(1, 3), reference::RandomAxis(random, true),
          reference::RandomAxis(random, true)};
}

TEST(FilterDsp, ConvolutionsAgree) {
  Random random(51);
  for (int i = 0; i < Rounds(); ++i) {
    SCOPED_TRACE(i);
    ConvS8Params p;
    p.window = RandomWindow(random);
    p.groups = random.Chance(25) ? random.Int(2, 3) : 1;
    p.in_channels = p.groups * (random.Chance(10) ? random.Int(40, 200) : random.Int(1, 20));
    p.out_channels = p.groups * (random.Chance(10) ? random.Int(30, 70) : random.Int(1, 9));
    ExpectAgreement(random, p, scalar::kConvS8, device::kConvS8, armdsp::ConvS8);
  }
}

TEST(FilterDsp, DepthwiseConvolutionsAgree) {
  Random random(52);
  for (int i = 0; i < Rounds(); ++i) {
    SCOPED_TRACE(i);
    DepthwiseS8Params p;
    p.window = RandomWindow(random);
    if (random.Chance(15)) {  // more taps than are taken at once
      ASSERT_TRUE(MakeAxis(Padding::kSame, 9, 9, 1, 1, &p.window.y));
    }
    p.channels = random.Chance(20) ? random.Int(30, 70) : random.Int(1, 20);
    p.multiplier = random.Chance(70) ? 1 : random.Int(2, 9);
    ExpectAgreement(random, p, scalar::kDepthwiseS8, device::kDepthwiseS8, armdsp::DepthwiseS8);
  }
}

TEST(FilterDsp, FullyConnectedLayersAgree) {
  Random random(53);
  for (int i = 0; i < Rounds(); ++i) {
    SCOPED_TRACE(i);
    FullyConnectedS8Params p;
    p.batches = random.Chance(50) ? 1 : random.Int(2, 9);
    p.depth = random.Chance(20) ? random.Int(250, 900) : random.Int(1, 60);
    p.outputs = random.Int(1, 70);
    p.filter_zero = random.Chance(50) ? int16_t{0} : random.Zero();
    ExpectAgreement(random, p, scalar::kFullyConnectedS8, device::kFullyConnectedS8,
                    armdsp::FullyConnectedS8);
  }
}

TEST(FilterDsp, StopsWhenAsked) {
  ConvS8Params p;
  ASSERT_TRUE(MakeAxis(Padding::kSame, 8, 3, 1, 1, &p.window.y));
  p.window.x = p.window.y;
  p.in_channels = p.out_channels = 4;
  const Sizes sizes = SizesOf(p);
  const std::vector<int8_t> input(static_cast<size_t>(sizes.input)),
      weights(static_cast<size_t>(sizes.weights));
  std::vector<uint8_t> prepared(device::kConvS8.prepared_bytes(p));
  const Multiplier one = {1 << 30, 1};
  device::kConvS8.prepare(p, {weights.data(), {}, ChannelScales(one)}, prepared.data());
  std::vector<int8_t> output(static_cast<size_t>(sizes.output));
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(armdsp::ConvS8(p, input.data(), {weights.data(), prepared.data(), nullptr},
                              output.data(), {}, stop));
}

}  // namespace filter_dsp_test
}  // namespace moonlet
