// engine/npu/model/feature_map.h - where the elements of a feature map lie, and copies between
// there and dense memory.
//
// One vertical line cuts a map at width0; left of it tile 2 begins at height0, right of it tile 3
// at height1. Each tile has an address of its own, and all share the strides. Dense memory holds
// rows of pixels, a pixel's channels side by side.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "engine/npu/operation.h"

namespace moonlet::npu {

inline constexpr int32_t kBrick = 16;  // channels of an NHCWB16 brick

// Offset of channel 0 of a pixel in its region. Requires 0 <= y < height, 0 <= x < width.
int64_t PixelAt(const FeatureMap& map, int32_t y, int32_t x);
// From one pixel of a row to the next, inside a tile.
inline int64_t PixelStep(const FeatureMap& map) {
  return map.layout == Layout::kNhwc ? map.stride_x : int64_t{kBrick} * map.element.bytes;
}

// Bytes of a region, from `begin` up to `end`.
struct ByteRange {
  int64_t begin = 0;
  int64_t end = 0;

  bool Overlaps(const ByteRange& other) const { return begin < other.end && other.begin < end; }
};
// What a tile's elements span; they may leave gaps in it. False if the tile has none.
bool TileRange(const FeatureMap& map, int tile, ByteRange* range);

// Elements, a row's, and their bytes when they lie dense.
inline int64_t RowElements(const FeatureMap& map) { return int64_t{map.width} * map.depth; }
inline int64_t RowBytes(const FeatureMap& map) { return RowElements(map) * map.element.bytes; }
// Whether the map lies in its region as dense memory does.
bool IsDense(const FeatureMap& map);

// Rows [row, row + rows) of an 8-bit map, as they are.
void GatherBytes(const FeatureMap& map, const uint8_t* region, int32_t row, int32_t rows,
                 int8_t* dense);
// The same of any map, less its zero point.
void GatherValues(const FeatureMap& map, const uint8_t* region, int32_t row, int32_t rows,
                  int32_t* dense);
// The other way, through a table of 256 bytes for int8 indices unless it is null.
void ScatterBytes(const FeatureMap& map, uint8_t* region, int32_t row, int32_t rows,
                  const int8_t* dense, const uint8_t* table);
// The low bits of values.
void ScatterValues(const FeatureMap& map, uint8_t* region, int32_t row, int32_t rows,
                   const int32_t* dense);

}  // namespace moonlet::npu
