#include "engine/nn/operators/share_f32.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/float_mode.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace share_f32_test {

using reference::Random;

// The output of a layer as one, and of its shares one after the other.
template <typename Params, typename Kernel>
void ExpectSharesMakeTheWhole(const LayerF32<Params>& layer, std::vector<float> output,
                              Kernel kernel) {
  const FlushDenormals flush;
  StopToken stop;
  std::vector<float> whole(output.size());
  ASSERT_TRUE(kernel(layer.p, layer.input, layer.filter, layer.bias, whole.data(), stop));
  for (int32_t count = 1; count <= 4; ++count) {
    output.assign(output.size(), -77.0f);
    for (int32_t i = 0; i < count; ++i) {
      LayerF32<Params> part = layer;
      part.output = output.data();
      if (!Narrow({i, count}, &part)) continue;
      ASSERT_TRUE(kernel(part.p, part.input, part.filter, part.bias, part.output, stop));
    }
    ASSERT_EQ(reference::FirstDifference(output, whole), whole.size()) << count << " shares";
  }
}

TEST(Share, SharesOfALayerMakeTheWhole) {
  Random random(31);
  const auto floats = random.F32(20000);
  const Unaligned<float> filter(floats.data()), bias(floats.data() + 7);
  constexpr RangeF32 kAny = {-1e30f, 1e30f};
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    const Window w = {random.Int(1, 2), reference::RandomAxis(random, true),
                      reference::RandomAxis(random, true)};
    const int32_t in = random.Int(1, 9), out = random.Int(1, 9);
    const auto size = [&w](int32_t y, int32_t x, int32_t channels) {
      return std::vector<float>(static_cast<size_t>(w.batches * y * x * channels));
    };
    const LayerF32<ConvF32Params> conv = {{w, in, out, 1, kAny}, floats.data(), filter, bias, {}};
    ExpectSharesMakeTheWhole(conv, size(w.y.output, w.x.output, out), ConvF32);
    const LayerF32<DepthwiseF32Params> depthwise = {
        {w, in, out, kAny}, floats.data(), filter, bias, {}};
    ExpectSharesMakeTheWhole(depthwise, size(w.y.output, w.x.output, in * out), DepthwiseF32);
    const LayerF32<FullyConnectedF32Params> dense = {
        {w.batches, in * 10, out, kAny}, floats.data(), filter, bias, {}};
    ExpectSharesMakeTheWhole(dense, size(1, 1, out), FullyConnectedF32);
    Window spread = w;
    spread.y.dilation = spread.x.dilation = 1;
    const LayerF32<TransposeConvF32Params> transposed = {
        {spread, in, out, kAny}, floats.data(), filter, bias, {}};
    ExpectSharesMakeTheWhole(transposed, size(w.y.input, w.x.input, out), TransposeConvF32);
  }
}

}  // namespace share_f32_test
}  // namespace moonlet
