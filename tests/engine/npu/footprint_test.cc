#include "engine/npu/footprint.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace moonlet::npu {
namespace footprint_test {

FeatureMap Nhwc(int32_t height, int32_t width, int32_t depth, uint64_t base, int32_t pixel,
                int32_t row) {
  FeatureMap map;
  map.height = map.height0 = height;
  map.width = map.width0 = width;
  map.depth = depth;
  map.base[0] = base;
  map.stride_x = pixel;
  map.stride_y = row;
  return map;
}

FeatureMap Bricks(int32_t height, int32_t width, int32_t depth, uint64_t base, int32_t bricks) {
  FeatureMap map = Nhwc(height, width, depth, base, 16, 16 * width * bricks);
  map.layout = Layout::kNhcwb16;
  map.stride_c = 16 * width;
  return map;
}

// Every byte of a part, one by one.
std::set<uint64_t> BytesOf(const FeatureMap& map, const Box& box) {
  std::set<uint64_t> bytes;
  for (int32_t y = box.top; y < box.bottom; ++y)
    for (int32_t x = box.left; x < box.right; ++x)
      for (int32_t c = box.front; c < box.back; ++c) {
        const bool right = x >= map.width0;
        const int32_t cut = right ? map.height1 : map.height0;
        const int tile = (right ? 1 : 0) + (y >= cut ? 2 : 0);
        const int64_t row = y >= cut ? y - cut : y, column = right ? x - map.width0 : x;
        const bool bricks = map.layout == Layout::kNhcwb16;
        const int64_t channel =
            bricks ? c / 16 * map.stride_c + c % 16 * map.element.bytes : c * map.element.bytes;
        const uint64_t at = map.base[tile] + static_cast<uint64_t>(row * map.stride_y +
                                                                   column * map.stride_x + channel);
        for (int i = 0; i < map.element.bytes; ++i) bytes.insert(at + static_cast<uint64_t>(i));
      }
  return bytes;
}

bool Share(const std::set<uint64_t>& a, const std::set<uint64_t>& b) {
  for (const uint64_t byte : a)
    if (b.count(byte) > 0) return true;
  return false;
}

TEST(NpuFootprint, SlicesOfOneTensorDoNotMeet) {
  const FeatureMap first = Bricks(8, 8, 32, 0x1000, 4);
  FeatureMap second = first;
  second.base[0] += 2 * 16 * 8;
  EXPECT_FALSE(Overlap(first, second));
  EXPECT_TRUE(RangeOf(first, WholeOf(first)).Overlaps(RangeOf(second, WholeOf(second))));
  second.base[0] -= 16 * 8;
  EXPECT_TRUE(Overlap(first, second));
  second.region = 1;
  EXPECT_FALSE(Overlap(first, second));
}

TEST(NpuFootprint, OtherLayoutsAreComparedAsWholes) {
  const FeatureMap bricks = Bricks(4, 4, 16, 0x100, 1);  // to 0x200
  EXPECT_TRUE(Overlap(bricks, Nhwc(1, 1, 100, 0x1FF, 100, 100)));
  EXPECT_FALSE(Overlap(bricks, Nhwc(1, 1, 100, 0x200, 100, 100)));
}

TEST(NpuFootprint, ARingHasTwoTiles) {
  FeatureMap map = Nhwc(6, 4, 4, 0x800, 4, 16);
  map.height0 = 2;
  map.base[2] = 0x100;
  const AddressRange range = RangeOf(map, WholeOf(map));
  EXPECT_EQ(range.begin, 0x100u);
  EXPECT_EQ(range.end, 0x820u);
  EXPECT_TRUE(Overlap(map, Piece{0, 0x810, 16}));
  EXPECT_TRUE(Overlap(map, Piece{0, 0x130, 16}));
  EXPECT_FALSE(Overlap(map, Piece{0, 0x140, 0x6C0}));  // between them
  EXPECT_FALSE(Overlap(map, Piece{1, 0x130, 16}));
}

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  int32_t Below(int32_t n) { return static_cast<int32_t>(random_() % static_cast<unsigned>(n)); }
  Box BoxIn(const FeatureMap& map) {
    Box box;
    Pick(map.height, &box.top, &box.bottom);
    Pick(map.width, &box.left, &box.right);
    Pick(map.depth, &box.front, &box.back);
    return box;
  }

 private:
  void Pick(int32_t size, int32_t* from, int32_t* to) {
    *from = Below(size);
    *to = *from + 1 + Below(size - *from);
  }
  std::mt19937 random_;
};

// Views of one tensor, somewhere in it and over its edges.
TEST(NpuFootprint, BoxesMeetWhereTheirBytesDo) {
  Draw draw(7);
  int met = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool bricks = i % 2 == 0;
    const FeatureMap whole = bricks ? Bricks(5, 4, 48, 0x1000, 3) : Nhwc(5, 4, 6, 0x1000, 6, 24);
    FeatureMap a = whole, b = whole;
    for (FeatureMap* map : {&a, &b}) {
      map->height = map->height0 = 1 + draw.Below(5);
      map->width = map->width0 = 1 + draw.Below(4);
      map->depth = 1 + draw.Below(whole.depth);
      map->base[0] +=
          static_cast<uint64_t>(draw.Below(5) * whole.stride_y + draw.Below(4) * whole.stride_x);
      if (bricks) map->base[0] += static_cast<uint64_t>(draw.Below(3) * whole.stride_c);
    }
    const Box in_a = draw.BoxIn(a), in_b = draw.BoxIn(b);
    const bool share = Share(BytesOf(a, in_a), BytesOf(b, in_b));
    met += share;
    // Bricks are whole: their channels may be apart.
    if (!share && bricks) continue;
    ASSERT_EQ(Overlap(a, in_a, b, in_b), share) << i;
  }
  EXPECT_GT(met, 500);
}

// Any two maps: never a miss.
TEST(NpuFootprint, WhatMeetsIsNeverMissed) {
  Draw draw(8);
  int met = 0;
  for (int i = 0; i < 20000; ++i) {
    FeatureMap maps[2];
    for (FeatureMap& map : maps) {
      const int32_t depth = 1 + draw.Below(40);
      map = draw.Below(2) == 0
                ? Bricks(1 + draw.Below(4), 1 + draw.Below(4), depth, 0, 1 + draw.Below(3))
                : Nhwc(1 + draw.Below(4), 1 + draw.Below(4), depth, 0, draw.Below(60),
                       draw.Below(200));
      map.base[0] = 16u * static_cast<unsigned>(draw.Below(60));
      map.height0 = 1 + draw.Below(map.height);
      map.base[2] = 16u * static_cast<unsigned>(draw.Below(60));
    }
    const Box a = draw.BoxIn(maps[0]), b = draw.BoxIn(maps[1]);
    if (!Share(BytesOf(maps[0], a), BytesOf(maps[1], b))) continue;
    ++met;
    ASSERT_TRUE(Overlap(maps[0], a, maps[1], b)) << i;
    ASSERT_TRUE(RangeOf(maps[0], a).Overlaps(RangeOf(maps[1], b))) << i;
  }
  EXPECT_GT(met, 500);
}

}  // namespace footprint_test
}  // namespace moonlet::npu
