// tests/engine/npu/model/random_map.h - feature maps of any layout, and where their elements lie
// straight from the rule.
#pragma once
#include <cstring>
#include <random>

#include "engine/npu/model/feature_map.h"

namespace moonlet::npu::testing {

using Random = std::mt19937;

inline int32_t Between(Random& random, int32_t low, int32_t high) {
  return low + static_cast<int32_t>(random() % static_cast<unsigned>(high - low + 1));
}
inline bool Coin(Random& random) { return random() % 2 == 0; }

inline int64_t ElementAt(const FeatureMap& map, int32_t y, int32_t x, int32_t c) {
  int64_t base;
  if (x < map.width0) {
    base = static_cast<int64_t>(map.base[y < map.height0 ? 0 : 2]);
    if (y >= map.height0) y -= map.height0;
  } else {
    x -= map.width0;
    base = static_cast<int64_t>(map.base[y < map.height1 ? 1 : 3]);
    if (y >= map.height1) y -= map.height1;
  }
  const int64_t bytes = map.element.bytes;
  if (map.layout == Layout::kNhwc) return base + y * map.stride_y + x * map.stride_x + c * bytes;
  return base + y * map.stride_y + c / 16 * map.stride_c + x * 16 * bytes + c % 16 * bytes;
}

inline int32_t ValueAt(const uint8_t* at, Element element) {
  uint32_t raw = 0;
  std::memcpy(&raw, at, element.bytes);
  const int unused = 32 - 8 * element.bytes;
  return element.is_signed ? static_cast<int32_t>(raw << unused) >> unused
                           : static_cast<int32_t>(raw);
}

// Gives a map of set element and sizes a layout: up to four tiles that do not overlap. Returns
// the bytes that its region needs.
inline size_t LayOutMap(Random& random, FeatureMap* map) {
  const int64_t bytes = map->element.bytes;
  map->layout = Coin(random) ? Layout::kNhwc : Layout::kNhcwb16;
  map->width0 = Coin(random) ? map->width : Between(random, 1, map->width);
  map->height0 = Coin(random) ? map->height : Between(random, 1, map->height);
  map->height1 = Between(random, 1, map->height);
  const int64_t brick = kBrick * bytes;
  const int32_t bricks = (map->depth + kBrick - 1) / kBrick;
  const int64_t gap = Coin(random) ? 0 : Between(random, 0, 3) * bytes;
  map->stride_x = map->layout == Layout::kNhwc ? map->depth * bytes + gap : brick;
  map->stride_c = map->layout == Layout::kNhwc ? 0 : map->width * brick;
  map->stride_y =
      gap + (map->layout == Layout::kNhwc ? map->width * map->stride_x : bricks * map->stride_c);
  const int64_t tile = map->height * map->stride_y + brick;
  for (int i = 0; i < 4; ++i)
    map->base[i] = static_cast<uint64_t>(i * tile + Between(random, 0, 1) * bytes);
  return static_cast<size_t>(4 * tile + brick);
}

}  // namespace moonlet::npu::testing
