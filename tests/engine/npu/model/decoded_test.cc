#include "engine/npu/model/decoded.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace moonlet::npu {
namespace decoded_test {

constexpr uint64_t kConstantBytes = 512, kArenaBytes = 256;

// Every byte of the constant region is another one, so that bytes tell where they are from.
struct Memories {
  std::vector<uint8_t> constant;
  Region regions[3];

  Memories() : constant(kConstantBytes) {
    for (size_t i = 0; i < constant.size(); ++i)
      constant[i] = static_cast<uint8_t>(i * 7 + i / 256);
    regions[0] = {kConstantBytes, constant.data()};
    regions[1] = regions[2] = {kArenaBytes, nullptr};
  }
};

TEST(NpuDecoded, FollowsCopiesOfCopies) {
  const Memories memories;
  ConstantCopies copies(memories.regions);
  EXPECT_EQ(copies.Find({0, 48, 16}), memories.constant.data() + 48);
  EXPECT_EQ(copies.Find({1, 0, 16}), nullptr);
  copies.Copied({{0, 64, 64}, 1, false, 32});
  copies.Copied({{1, 48, 32}, 2, false, 0});
  EXPECT_EQ(copies.Find({1, 32, 64}), memories.constant.data() + 64);
  EXPECT_EQ(copies.Find({1, 32, 65}), nullptr);
  EXPECT_EQ(copies.Find({2, 16, 16}), memories.constant.data() + 96);
  copies.Written(1, {40, 41});
  EXPECT_EQ(copies.Find({1, 32, 64}), nullptr);
  EXPECT_EQ(copies.Find({2, 16, 16}), memories.constant.data() + 96);
}

// A tensor's region may be any part of the arena.
TEST(NpuDecoded, TrustsNothingAfterAWriteToATensor) {
  const Memories memories;
  const Region regions[] = {
      memories.regions[0], memories.regions[1], memories.regions[2], {16, nullptr}};
  ConstantCopies copies(regions);
  copies.Copied({{0, 64, 64}, 1, false, 32});
  EXPECT_NE(copies.Find({1, 32, 64}), nullptr);
  copies.Copied({{0, 0, 16}, 3, false, 0});
  EXPECT_EQ(copies.Find({1, 32, 64}), nullptr);
  EXPECT_EQ(copies.Find({3, 0, 16}), nullptr);
}

// Whatever is copied and written, bytes that are found are those that lie there.
TEST(NpuDecoded, WhatItFindsIsThere) {
  const Memories memories;
  std::mt19937 random(1);
  int found = 0;
  for (int trial = 0; trial < 300; ++trial) {
    ConstantCopies copies(memories.regions);
    std::vector<uint8_t> arenas[3] = {memories.constant, std::vector<uint8_t>(kArenaBytes),
                                      std::vector<uint8_t>(kArenaBytes)};
    const auto piece = [&](uint8_t region) {
      const uint64_t length = random() % 40 + 1;
      return Piece{region, random() % (memories.regions[region].size - length), length};
    };
    for (int step = 0; step < 100; ++step) {
      const auto target_region = static_cast<uint8_t>(1 + random() % 2);
      const Piece source = piece(static_cast<uint8_t>(random() % 3));
      const uint64_t target = random() % (kArenaBytes - source.length);
      if (random() % 4 == 0) {
        for (uint64_t i = 0; i < source.length; ++i)
          arenas[target_region][target + i] = static_cast<uint8_t>(random());
        copies.Written(target_region, {static_cast<int64_t>(target),
                                       static_cast<int64_t>(target + source.length)});
      } else {
        std::memmove(arenas[target_region].data() + target,
                     arenas[source.region].data() + source.base, source.length);
        copies.Copied({source, target_region, false, target});
      }
      const Piece wanted = piece(target_region);
      const uint8_t* bytes = copies.Find(wanted);
      if (bytes == nullptr) continue;
      ++found;
      ASSERT_EQ(std::memcmp(bytes, arenas[target_region].data() + wanted.base, wanted.length), 0);
    }
  }
  EXPECT_GT(found, 500);
}

}  // namespace decoded_test
}  // namespace moonlet::npu
