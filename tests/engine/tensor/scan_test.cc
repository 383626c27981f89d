#include "engine/tensor/scan.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <random>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace scan_test {

const StopToken kNoStop;

TEST(Scan, RunsAlongEachAxisOfAnyLayout) {
  std::vector<float> values(24);
  std::mt19937 random(5);
  for (float& v : values) v = static_cast<float>(random()) / 4294967296.0f - 0.5f;
  const int order[] = {2, 0, 1};
  const Tensor x = Permute(Over(values, {3, 4, 2}), order);  // {2, 3, 4}
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<float> result(24);
    const Tensor out = Over(result, {2, 3, 4});
    ASSERT_TRUE(Scan(ScanOp::kSum, x, axis, out, kNoStop).ok());
    // Each line by std::partial_sum, which adds in the same order.
    Tensor heads = Select(x, axis, 0);
    Tensor results = Select(out, axis, 0);
    std::vector<Index> at;
    EachOffset(results, [&](Index offset) { at.push_back(offset); });
    size_t line = 0;
    EachOffset(heads, [&](Index offset) {
      std::vector<float> elements;
      for (Index i = 0; i < x.dim(axis); ++i)
        elements.push_back(x.as<float>()[offset + i * x.strides[axis]]);
      std::partial_sum(elements.begin(), elements.end(), elements.begin());
      for (Index i = 0; i < x.dim(axis); ++i) {
        EXPECT_EQ(result[static_cast<size_t>(at[line] + i * out.strides[axis])],
                  elements[static_cast<size_t>(i)]);
      }
      ++line;
    });
  }
}

TEST(Scan, IntegersBecomeInt64AndWrap) {
  std::vector<int8_t> small(300, 100);
  std::vector<int64_t> result(300);
  ASSERT_TRUE(Scan(ScanOp::kSum, Over(small, {300}), 0, Over(result, {300}), kNoStop).ok());
  EXPECT_EQ(result[299], 30000);
  std::vector<int64_t> large = {std::numeric_limits<int64_t>::max(), 2};
  const Tensor t = Over(large, {2});
  ASSERT_TRUE(Scan(ScanOp::kProduct, t, 0, t, kNoStop).ok());  // in place
  EXPECT_EQ(large[1], -2);
  bool truth[] = {true, false, true};
  ASSERT_TRUE(Scan(ScanOp::kSum, RowMajor(truth, DType::kBool, ShapeOf({3})), 0,
                   RowMajor(result.data(), DType::kInt64, ShapeOf({3})), kNoStop)
                  .ok());
  EXPECT_EQ(result[2], 2);
}

TEST(Scan, FlushesFloat32Denormals) {
  std::vector<float> x = {0x1p-126f, -0x1.8p-126f, 1e-40f};
  std::vector<float> y(3);
  ASSERT_TRUE(Scan(ScanOp::kSum, Over(x, {3}), 0, Over(y, {3}), kNoStop).ok());
  EXPECT_EQ(y, (std::vector<float>{0x1p-126f, 0, 0}));
}

TEST(Scan, StopsWhenAsked) {
  StopToken stop;
  stop.Raise();
  std::vector<double> x(10);
  EXPECT_EQ(Scan(ScanOp::kSum, Over(x, {10}), 0, Over(x, {10}), stop).code(), Code::kStopped);
}

}  // namespace scan_test
}  // namespace moonlet
