#include "engine/tensor/portable.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace portable_test {

TEST(CopyPortable, MakesEveryNanTheSame) {
  const uint32_t bits[] = {0xFFC00000, 0x7F800001, 0x3F800000, 0x80000000};
  std::vector<float> values(4);
  std::memcpy(values.data(), bits, sizeof(bits));
  uint8_t bytes[16];
  ASSERT_TRUE(CopyPortable(Over(values, {4}), bytes, StopToken()).ok());
  const uint8_t expected[16] = {0, 0, 0xC0, 0x7F, 0, 0, 0xC0, 0x7F,
                                0, 0, 0x80, 0x3F, 0, 0, 0,    0x80};
  EXPECT_EQ(std::memcmp(bytes, expected, sizeof(bytes)), 0);
  const uint64_t wide = 0xFFF8000000000001;
  std::vector<double> one(1);
  std::memcpy(one.data(), &wide, 8);
  ASSERT_TRUE(CopyPortable(Over(one, {}), bytes, StopToken()).ok());
  const uint8_t quiet[8] = {0, 0, 0, 0, 0, 0, 0xF8, 0x7F};
  EXPECT_EQ(std::memcmp(bytes, quiet, sizeof(quiet)), 0);
}

TEST(CopyPortable, WritesRowMajorToAnyAddress) {
  std::vector<int16_t> values = {1, 2, 3, 0x405};
  const int order[] = {1, 0};
  uint8_t bytes[9] = {};
  ASSERT_TRUE(CopyPortable(Permute(Over(values, {2, 2}), order), bytes + 1, StopToken()).ok());
  const uint8_t expected[9] = {0, 1, 0, 3, 0, 2, 0, 5, 4};
  EXPECT_EQ(std::memcmp(bytes, expected, sizeof(bytes)), 0);
}

}  // namespace portable_test
}  // namespace moonlet
