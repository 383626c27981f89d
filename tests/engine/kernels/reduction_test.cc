#include "engine/kernels/reduction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/kernels/float_kernels.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace reduction_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

struct ReductionCase {
  explicit ReductionCase(Random& random) : axes(static_cast<uint32_t>(random.Int(0, 15))) {
    const int rank = random.Int(1, 4);
    for (int i = 0; i < rank; ++i) shape.push_back(random.Chance(20) ? 1 : random.Int(1, 9));
    axes &= (1u << rank) - 1;
    for (const int32_t length : shape) size *= length;
  }
  // The elements of each output: those whose positions agree in the axes that stay.
  template <typename T>
  std::vector<std::vector<T>> Groups(const std::vector<T>& x) const {
    std::vector<std::vector<T>> groups;
    for (int64_t i = 0; i < size; ++i) {
      int64_t rest = i, output = 0, scale = 1;
      for (size_t axis = shape.size(); axis-- > 0;) {
        const int64_t position = rest % shape[axis];
        rest /= shape[axis];
        if ((axes >> axis & 1u) != 0) continue;
        output += position * scale;
        scale *= shape[axis];
      }
      const auto at = static_cast<size_t>(output);
      if (groups.size() <= at) groups.resize(at + 1);
      groups[at].push_back(x[static_cast<size_t>(i)]);
    }
    return groups;
  }

  uint32_t axes;
  std::vector<int32_t> shape;
  int64_t size = 1;
};

TEST(ReductionTest, IntegersOfRandomShapes) {
  Random random(11);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const ReductionCase c(random);
    const auto x = random.S8(c.size);
    const auto groups = c.Groups(x);
    const Reduction r = MakeReduction(c.shape, c.axes);
    ASSERT_EQ(r.outputs, static_cast<int32_t>(groups.size()));
    ASSERT_EQ(r.count, static_cast<int32_t>(groups[0].size()));
    const SumParams p = {random.Scale(), random.Zero(), random.Zero()};
    std::vector<int8_t> sum(groups.size()), product(sum), high(sum), low(sum);
    const StopToken stop;
    ASSERT_TRUE(ReduceSum(p, r, x.data(), sum.data(), stop));
    ASSERT_TRUE(ReduceProduct(p, r, x.data(), product.data(), stop));
    ASSERT_TRUE(ReduceMax(r, x.data(), high.data(), stop));
    ASSERT_TRUE(ReduceMin(r, x.data(), low.data(), stop));
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto& group = groups[i];
      Wide total = 0;
      for (const int8_t v : group) total += v - p.input_zero;
      ASSERT_EQ(sum[i], reference::Finish(total, p.scale, p.output_zero, -128, 127));
      int32_t value = group[0] - p.input_zero;
      for (size_t k = 1; k < group.size(); ++k)
        value = reference::ScaledWide(int64_t{value} * (group[k] - p.input_zero), p.scale);
      value = reference::Wrap(Wide{reference::ScaledWide(value, p.scale)} + p.output_zero);
      ASSERT_EQ(product[i], std::clamp(value, -128, 127));
      ASSERT_EQ(high[i], *std::max_element(group.begin(), group.end()));
      ASSERT_EQ(low[i], *std::min_element(group.begin(), group.end()));
    }
  }
}

// Element i of an output is in lane i % 16, whatever lies between the elements in memory.
TEST(ReductionTest, FloatsGoToTheirLanes) {
  Random random(12);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const ReductionCase c(random);
    const auto x = random.F32(c.size);
    const auto groups = c.Groups(x);
    const Reduction r = MakeReduction(c.shape, c.axes);
    std::vector<float> sum(groups.size()), mean(sum), product(sum);
    const StopToken stop;
    ASSERT_TRUE(ReduceSumF32(r, x.data(), sum.data(), stop));
    ASSERT_TRUE(ReduceMeanF32(r, x.data(), mean.data(), stop));
    ASSERT_TRUE(ReduceProductF32(r, x.data(), product.data(), stop));
    for (size_t i = 0; i < groups.size(); ++i) {
      float sums[16] = {}, products[16];
      std::fill_n(products, 16, 1.0f);
      for (size_t k = 0; k < groups[i].size(); ++k) {
        sums[k % 16] += groups[i][k];
        products[k % 16] *= groups[i][k];
      }
      for (size_t h = 8; h > 0; h /= 2) {
        for (size_t j = 0; j < h; ++j) {
          sums[j] += sums[j + h];
          products[j] *= products[j + h];
        }
      }
      ASSERT_EQ(sum[i], sums[0]);
      ASSERT_EQ(mean[i], sums[0] / static_cast<float>(groups[i].size()));
      ASSERT_EQ(product[i], products[0]);
    }
  }
}

// The factor of a mean is cut off, not rounded: 2^30 / 3 * 2, from a sum's of 1.
TEST(ReductionTest, MeanScaleIsCutOff) {
  Multiplier m;
  ASSERT_TRUE(MakeMeanScale(0.5f, 0.5f, 3, &m));
  EXPECT_EQ(m.value, 715827882);
  EXPECT_EQ(m.shift, 0);
  ASSERT_TRUE(MakeMeanScale(1e-20f, 1e-10f, 1 << 20, &m));  // no bits left to keep
  EXPECT_EQ(m.value, 0);
}

TEST(ReductionTest, LongSumsWrapAndStop) {
  const std::vector<int32_t> shape = {3};
  const Reduction r = MakeReduction(shape, 1);
  const int32_t x[] = {kInt32Max, 1, 5};
  int32_t y = 0;
  StopToken stop;
  ASSERT_TRUE(ReduceSumPlain(r, x, &y, stop));
  EXPECT_EQ(y, kInt32Min + 5);
  ASSERT_TRUE(ReduceProductPlain(r, x, &y, stop));
  EXPECT_EQ(y, reference::Wrap(Wide{kInt32Max} * 5));
  stop.Raise();
  EXPECT_FALSE(ReduceSumPlain(r, x, &y, stop));
}

}  // namespace reduction_test
}  // namespace moonlet
