#include "engine/kernels/copy_rows.h"

#include <gtest/gtest.h>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace copy_rows_test {

TEST(CopyRows, CopiesTheRowsAndNothingElse) {
  reference::Random random(81);
  for (int round = 0; round < reference::Rounds(); ++round) {
    RowCopy p;
    p.rows = static_cast<uint32_t>(random.Int(1, 9));
    p.bytes = static_cast<uint32_t>(random.Int(0, 40));
    p.from_step = p.bytes + static_cast<uint32_t>(random.Int(0, 9));
    p.to_step = p.bytes + static_cast<uint32_t>(random.Int(0, 9));
    std::vector<uint8_t> from(size_t{p.rows} * p.from_step + 1);
    for (uint8_t& x : from) x = static_cast<uint8_t>(random.Int(0, 254));
    std::vector<uint8_t> to(size_t{p.rows} * p.to_step + 1, 255);
    StopToken stop;
    ASSERT_TRUE(CopyRows(p, from.data(), to.data(), stop));
    EXPECT_EQ(to.back(), 255);
    for (size_t i = 0; i + 1 < to.size(); ++i) {
      const size_t row = i / p.to_step, column = i % p.to_step;
      ASSERT_EQ(to[i], column < p.bytes ? from[row * p.from_step + column] : 255) << i;
    }
  }
}

TEST(CopyRows, StopsWhenAsked) {
  const uint8_t from = 0;
  uint8_t to;
  StopToken stop;
  stop.Raise();
  EXPECT_FALSE(CopyRows({1, 1, 1, 1}, &from, &to, stop));
}

}  // namespace copy_rows_test
}  // namespace moonlet
