#include "engine/npu/model/feature_map.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/engine/npu/model/random_map.h"

namespace moonlet::npu {
namespace feature_map_test {

using namespace moonlet::npu::testing;

constexpr size_t kRegionBytes = 1 << 16;

FeatureMap RandomMap(Random& random, Element element) {
  FeatureMap map;
  map.element = element;
  map.height = Between(random, 1, 6);
  map.width = Between(random, 1, 6);
  map.depth = Between(random, 1, 40);
  map.zero_point = Between(random, -3, 200);
  EXPECT_LE(LayOutMap(random, &map), kRegionBytes);
  return map;
}

std::vector<uint8_t> RandomBytes(Random& random) {
  std::vector<uint8_t> bytes(kRegionBytes);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

template <typename Body>
void ForEachElement(const FeatureMap& map, int32_t row, int32_t rows, Body body) {
  size_t i = 0;
  for (int32_t y = row; y < row + rows; ++y)
    for (int32_t x = 0; x < map.width; ++x)
      for (int32_t c = 0; c < map.depth; ++c) body(i++, ElementAt(map, y, x, c));
}

constexpr Element kElements[] = {{1, true}, {1, false}, {2, true}, {2, false}, {4, true}};

TEST(NpuFeatureMap, GathersWhatTheRuleFinds) {
  Random random(1);
  const std::vector<uint8_t> region = RandomBytes(random);
  for (int i = 0; i < 500; ++i)
    for (const Element element : kElements) {
      const FeatureMap map = RandomMap(random, element);
      const int32_t row = Between(random, 0, map.height - 1);
      const int32_t rows = Between(random, 1, map.height - row);
      const auto count = static_cast<size_t>(RowElements(map) * rows);
      std::vector<int32_t> values(count);
      GatherValues(map, region.data(), row, rows, values.data());
      ForEachElement(map, row, rows, [&](size_t k, int64_t at) {
        ASSERT_EQ(values[k], ValueAt(region.data() + at, element) - map.zero_point);
      });
      if (element.bytes != 1) continue;
      std::vector<int8_t> bytes(count);
      GatherBytes(map, region.data(), row, rows, bytes.data());
      ForEachElement(map, row, rows, [&](size_t k, int64_t at) {
        ASSERT_EQ(static_cast<uint8_t>(bytes[k]), region[static_cast<size_t>(at)]);
      });
    }
}

TEST(NpuFeatureMap, ScattersThereAndNowhereElse) {
  Random random(2);
  const std::vector<uint8_t> before = RandomBytes(random);
  std::vector<uint8_t> table(256);
  for (uint8_t& byte : table) byte = static_cast<uint8_t>(random());
  for (int i = 0; i < 100; ++i)
    for (const Element element : kElements) {
      const FeatureMap map = RandomMap(random, element);
      const int32_t row = Between(random, 0, map.height - 1);
      const int32_t rows = Between(random, 1, map.height - row);
      std::vector<int32_t> values(static_cast<size_t>(RowElements(map) * rows));
      for (int32_t& value : values) value = static_cast<int32_t>(random());
      std::vector<uint8_t> expected = before;
      std::vector<uint8_t> region = before;
      ForEachElement(map, row, rows, [&](size_t k, int64_t at) {
        std::memcpy(expected.data() + at, &values[k], element.bytes);
      });
      ScatterValues(map, region.data(), row, rows, values.data());
      ASSERT_EQ(region, expected);
      if (element.bytes != 1) continue;
      const std::vector<int8_t> bytes(values.begin(), values.end());
      region = before;
      ScatterBytes(map, region.data(), row, rows, bytes.data(), nullptr);
      ASSERT_EQ(region, expected);
      ScatterBytes(map, region.data(), row, rows, bytes.data(), table.data());
      ForEachElement(map, row, rows, [&](size_t k, int64_t at) {
        expected[static_cast<size_t>(at)] = table[static_cast<size_t>(bytes[k] + 128)];
      });
      ASSERT_EQ(region, expected);
    }
}

// The bytes from a tile's first to its last element, counted one by one; of a last brick all.
TEST(NpuFeatureMap, RangesCoverTheElements) {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const FeatureMap map = RandomMap(random, kElements[random() % std::size(kElements)]);
    ByteRange found[4];
    for (ByteRange& range : found) range = {INT64_MAX, 0};
    for (int32_t y = 0; y < map.height; ++y)
      for (int32_t x = 0; x < map.width; ++x)
        for (int32_t c = 0; c < map.depth; ++c) {
          const bool right = x >= map.width0;
          const bool below = y >= (right ? map.height1 : map.height0);
          ByteRange& range = found[right + 2 * below];
          const int64_t at = ElementAt(map, y, x, c);
          range.begin = std::min(range.begin, at);
          range.end = std::max(range.end, at + map.element.bytes);
        }
    for (int tile = 0; tile < 4; ++tile) {
      ByteRange range;
      ASSERT_EQ(TileRange(map, tile, &range), found[tile].end > 0);
      if (found[tile].end == 0) continue;
      EXPECT_EQ(range.begin, found[tile].begin);
      if (map.layout == Layout::kNhcwb16 && map.depth > kBrick && map.depth % kBrick != 0)
        EXPECT_LT(range.end - found[tile].end, kBrick * map.element.bytes);
      else
        EXPECT_EQ(range.end, found[tile].end);
      EXPECT_GE(range.end, found[tile].end);
    }
  }
}

TEST(NpuFeatureMap, IsDenseWhereElementsFollowEachOther) {
  Random random(4);
  int dense = 0;
  for (int i = 0; i < 5000; ++i) {
    FeatureMap map = RandomMap(random, {1, true});
    bool follows = true;
    ForEachElement(map, 0, map.height, [&](size_t k, int64_t at) {
      follows = follows && at == static_cast<int64_t>(map.base[0] + k);
    });
    // A map of several tiles is never taken for dense.
    if (IsDense(map)) {
      EXPECT_TRUE(follows);
    }
    const bool one_tile = map.width0 >= map.width && map.height0 >= map.height;
    if (follows && one_tile && map.layout == Layout::kNhwc) {
      EXPECT_TRUE(IsDense(map));
    }
    dense += IsDense(map);
  }
  EXPECT_GT(dense, 100);
}

}  // namespace feature_map_test
}  // namespace moonlet::npu
