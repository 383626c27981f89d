// Kernels whose arithmetic goldens and the tests of operators see: that they stop.
#include <gtest/gtest.h>

#include "engine/kernels/add_n.h"
#include "engine/kernels/batch_matmul.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/div.h"
#include "engine/kernels/elu.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/gelu.h"
#include "engine/kernels/hard_swish.h"
#include "engine/kernels/l2_normalization.h"
#include "engine/kernels/log_softmax.h"
#include "engine/kernels/pool.h"
#include "engine/kernels/pow.h"
#include "engine/kernels/prelu.h"
#include "engine/kernels/reduction.h"
#include "engine/kernels/relu.h"
#include "engine/kernels/resize.h"
#include "engine/kernels/squared_difference.h"
#include "engine/kernels/svdf.h"
#include "engine/kernels/tanh.h"

namespace moonlet {
namespace stopped_kernels_test {

TEST(StoppedKernels, GiveFalse) {
  StopToken stop;
  stop.Raise();
  float f = 1, g = 1;
  int8_t b = 1;
  int16_t s = 1;
  int32_t i = 1;
  const float scale = 1;
  EXPECT_FALSE(MapBytes({}, &b, 1, &b, stop));
  EXPECT_FALSE(ReluS16({}, &s, 1, &s, stop));
  EXPECT_FALSE(ReluF32({0, 1}, &f, 1, &f, stop));
  EXPECT_FALSE(TanhS16({}, &s, 1, &s, stop));
  EXPECT_FALSE(TanhF32(&f, 1, &f, stop));
  EXPECT_FALSE(HardSwishF32(&f, 1, &f, stop));
  EXPECT_FALSE(EluF32(&f, 1, &f, stop));
  EXPECT_FALSE(GeluF32(GeluMode::kExact, &f, 1, &f, stop));
  EXPECT_FALSE(Prelu({}, {}, &b, &b, &b, stop));
  EXPECT_FALSE(PreluF32({}, &f, &f, &f, stop));
  EXPECT_FALSE(LogSoftmaxS8({1, 1, {}, {}}, &b, &b, stop));
  EXPECT_FALSE(LogSoftmaxF32({1, 1}, &f, &g, stop));
  EXPECT_FALSE(L2NormalizationS8({1, 1, 0}, &b, &b, stop));
  EXPECT_FALSE(L2NormalizationF32({1, 1, 0}, &f, &g, stop));
  EXPECT_FALSE(ReduceSum({}, {}, &b, &b, stop));
  EXPECT_FALSE(ReduceMeanF32({}, &f, &g, stop));
  EXPECT_FALSE(ReduceMax({}, &s, &s, stop));
  EXPECT_FALSE(ResizeBilinearS8({}, &b, &b, stop));
  EXPECT_FALSE(ResizeBilinearF32({}, &f, &g, stop));
  EXPECT_FALSE(ResizeNearest({}, 1, reinterpret_cast<uint8_t*>(&b), nullptr, stop));
  EXPECT_FALSE(BatchMatmulS8({}, &b, &b, &b, stop));
  EXPECT_FALSE(BatchMatmulS16({}, &s, &s, &s, stop));
  EXPECT_FALSE(BatchMatmulF32({}, &f, &f, &g, stop));
  EXPECT_FALSE(SquaredDifferenceS8({}, {}, &b, &b, &b, stop));
  EXPECT_FALSE(SquaredDifferenceF32({}, &f, &f, &g, stop));
  EXPECT_FALSE(DivS8({}, {}, &b, &b, &b, stop));
  EXPECT_FALSE(PowF32({}, &f, &f, &g, stop));
  EXPECT_FALSE(PowS32({}, &i, &i, &i, stop));
  const int8_t* bytes[] = {&b};
  const float* floats[] = {&f};
  EXPECT_FALSE(AddNS8({}, bytes, 1, &b, stop));
  EXPECT_FALSE(AddNF32(floats, 1, &g, stop));
  const Window window = {1, {1, 1}, {1, 1}};
  EXPECT_FALSE(AveragePoolS16({window, 1}, &s, &s, stop));
  EXPECT_FALSE(MaxPoolS16({window, 1}, &s, &s, stop));
  EXPECT_FALSE(L2PoolF32({window, 1, {0, 1}}, &f, &g, stop));
  const Multiplier one;
  EXPECT_FALSE(DepthwiseS16({window, 1, 1, {}}, &s, &b, {}, ChannelScales(one), &s, stop));
  EXPECT_FALSE(
      DepthwiseHybrid({{window, 1, 1, 0, {}}, {0, 1}}, &f, &b, {}, {&scale, 1}, &b, &g, stop));
  EXPECT_FALSE(
      FullyConnectedS16<int64_t>({1, 1, 1, 0, 0, {}}, &s, &b, {}, ChannelScales(one), &s, stop));
  EXPECT_FALSE(
      FullyConnectedHybrid({{1, 1, 1, 0, 0, {}}, {0, 1}}, &f, &b, {}, {&scale, 1}, &b, &g, stop));
  EXPECT_FALSE(SvdfF32({1, 1, 1, 1, 1}, &f, Unaligned<float>(&f), Unaligned<float>(&f), {}, &f, &f,
                       &g, stop));
}

}  // namespace stopped_kernels_test
}  // namespace moonlet
