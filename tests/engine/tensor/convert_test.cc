#include "engine/tensor/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace convert_test {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(ConvertElement, RoundsFloatsToEvenAndSaturates) {
  EXPECT_EQ(ConvertElement<int32_t>(2.5f), 2);
  EXPECT_EQ(ConvertElement<int32_t>(3.5f), 4);
  EXPECT_EQ(ConvertElement<int32_t>(-2.5), -2);
  EXPECT_EQ(ConvertElement<int32_t>(0.49999997f), 0);
  EXPECT_EQ(ConvertElement<int8_t>(127.5), 127);
  EXPECT_EQ(ConvertElement<int8_t>(-128.5), -128);
  EXPECT_EQ(ConvertElement<int8_t>(-129.0), -128);
  EXPECT_EQ(ConvertElement<uint8_t>(-0.5), 0);
  EXPECT_EQ(ConvertElement<uint8_t>(-1.0f), 0);
  EXPECT_EQ(ConvertElement<uint16_t>(65535.4f), 65535);
  EXPECT_EQ(ConvertElement<int32_t>(2147483648.0f), 2147483647);
  EXPECT_EQ(ConvertElement<int32_t>(-2147483648.0f), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(ConvertElement<uint32_t>(4294967040.0f), 4294967040u);
  EXPECT_EQ(ConvertElement<uint32_t>(-3e9f), 0u);
  EXPECT_EQ(ConvertElement<int64_t>(9.3e18), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ConvertElement<int64_t>(-kInf), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ConvertElement<int64_t>(std::nextafter(9223372036854775808.0, 0.0)),
            9223372036854774784);
}

TEST(ConvertElement, MakesNanZeroAsIntegerAndTrueAsBool) {
  EXPECT_EQ(ConvertElement<int16_t>(kNan), 0);
  EXPECT_EQ(ConvertElement<uint32_t>(static_cast<float>(kNan)), 0u);
  EXPECT_TRUE(ConvertElement<bool>(kNan));
  EXPECT_FALSE(ConvertElement<bool>(-0.0f));
  EXPECT_TRUE(ConvertElement<bool>(int64_t{1} << 40));
}

TEST(ConvertElement, WrapsIntegers) {
  EXPECT_EQ(ConvertElement<int8_t>(int32_t{200}), -56);
  EXPECT_EQ(ConvertElement<uint8_t>(int64_t{-1}), 255);
  EXPECT_EQ(ConvertElement<int32_t>(std::numeric_limits<uint32_t>::max()), -1);
}

TEST(ConvertElement, RoundsOnceToFloat) {
  EXPECT_EQ(ConvertElement<float>(int64_t{16777217}), 16777216.0f);
  EXPECT_EQ(ConvertElement<float>((int64_t{1} << 54) + (int64_t{1} << 30) + 1),
            18014400656965632.0f);
  EXPECT_EQ(ConvertElement<float>(1e-40), 1e-40f);
}

// Every pair of dtypes, source backwards with gaps.
TEST(Convert, VisitsStridedTensorsOfEveryDType) {
  const StopToken stop;
  for (int from = 0; from < kDTypes; ++from) {
    for (int to = 0; to < kDTypes; ++to) {
      WithType(static_cast<DType>(from), [&](auto source) {
        WithType(static_cast<DType>(to), [&](auto target) {
          using From = decltype(source);
          using To = decltype(target);
          From values[10];
          for (int i = 0; i < 10; ++i) values[i] = static_cast<From>(i * 3);
          To results[5] = {};
          const Tensor t = RowMajor(values, DTypeOf<From>(), ShapeOf({10}));
          const Tensor r = RowMajor(results, DTypeOf<To>(), ShapeOf({5}));
          ASSERT_TRUE(Convert(Slice(t, 0, 9, 5, -2), r, stop).ok());
          for (int i = 0; i < 5; ++i)
            EXPECT_EQ(results[i], ConvertElement<To>(static_cast<From>((9 - 2 * i) * 3)));
        });
      });
    }
  }
}

TEST(Fill, TouchesOnlyTheView) {
  const StopToken stop;
  std::vector<int64_t> values(12);
  const int64_t seven = 7;
  ASSERT_TRUE(Fill(Slice(Over(values, {3, 4}), 1, 3, 2, -2), &seven, stop).ok());
  EXPECT_EQ(values, (std::vector<int64_t>{0, 7, 0, 7, 0, 7, 0, 7, 0, 7, 0, 7}));
}

}  // namespace convert_test
}  // namespace moonlet
