#include "engine/npu/model/feature_map.h"

#include <cstring>
#include <type_traits>

namespace moonlet::npu {
namespace {

// Pixels of one tile in a line, `step` bytes from one to the next.
template <typename Byte>
struct PixelLine {
  Byte* first;
  int64_t step;
  int32_t count;
  std::ptrdiff_t place;  // of the first in dense memory
};

// Calls body(line) for lines that together are all pixels of some rows: along a row, or down the
// column of maps that have one.
template <typename Byte, typename Body>
void ForEachLine(const FeatureMap& map, Byte* region, int32_t row, int32_t rows, Body body) {
  const int32_t end = row + rows;
  std::ptrdiff_t place = 0;
  for (int32_t y = row; y < end && map.width == 1;) {
    const int32_t behind = y < map.height0 ? std::min(map.height0, end) : end;
    body(PixelLine<Byte>{region + PixelAt(map, y, 0), map.stride_y, behind - y, place});
    place += std::ptrdiff_t{behind - y} * map.depth;
    y = behind;
  }
  for (int32_t y = row; y < end && map.width > 1; ++y) {
    for (int32_t x = 0; x < map.width;) {
      const int32_t behind = x < map.width0 ? std::min(map.width0, map.width) : map.width;
      body(PixelLine<Byte>{region + PixelAt(map, y, x), PixelStep(map), behind - x, place});
      place += std::ptrdiff_t{behind - x} * map.depth;
      x = behind;
    }
  }
}

// Calls body(bytes in the region, place in dense memory, channels) for each run of channels that
// lie side by side: pixels next to each other, one of them, or its part of a brick. Most are whole
// bricks, whose number of channels is a constant in the body.
template <typename Byte, typename Body>
void ForEachRun(const FeatureMap& map, Byte* region, int32_t row, int32_t rows, Body body) {
  const bool bricks = map.layout == Layout::kNhcwb16;
  const int32_t run = bricks ? kBrick : map.depth;
  const int64_t pixel = int64_t{map.depth} * map.element.bytes;
  ForEachLine(map, region, row, rows, [&](const PixelLine<Byte>& line) {
    if (!bricks && line.step == pixel) return body(line.first, line.place, line.count * map.depth);
    for (int32_t c = 0; c < map.depth; c += run) {
      const int32_t count = std::min(run, map.depth - c);
      const auto walk = [&](auto channels) {
        Byte* at = line.first + c / run * map.stride_c;
        std::ptrdiff_t place = line.place + c;
        for (int32_t i = 0; i < line.count; ++i, at += line.step, place += map.depth)
          body(at, place, channels);
      };
      if (count == kBrick)
        walk(std::integral_constant<int32_t, kBrick>());
      else
        walk(count);
    }
  });
}

// Whole bricks and half ones, of 8 channels, are most: their copies are single moves.
[[gnu::always_inline]] inline void CopyRun(const void* from, int32_t count, void* to) {
  if (count == kBrick)
    std::memcpy(to, from, kBrick);
  else if (count == kBrick / 2)
    std::memcpy(to, from, kBrick / 2);
  else
    std::memcpy(to, from, static_cast<size_t>(count));
}

template <typename T>
void Widen(const uint8_t* in, int32_t zero, int32_t count, int32_t* out) {
  for (int32_t i = 0; i < count; ++i, in += sizeof(T)) {
    T value;
    std::memcpy(&value, in, sizeof(T));
    out[i] = static_cast<int32_t>(static_cast<uint32_t>(value) - static_cast<uint32_t>(zero));
  }
}

void WidenRun(Element element, const uint8_t* in, int32_t zero, int32_t count, int32_t* out) {
  if (element.bytes == 4) return Widen<int32_t>(in, zero, count, out);
  if (element.bytes == 2)
    return element.is_signed ? Widen<int16_t>(in, zero, count, out)
                             : Widen<uint16_t>(in, zero, count, out);
  return element.is_signed ? Widen<int8_t>(in, zero, count, out)
                           : Widen<uint8_t>(in, zero, count, out);
}

}  // namespace

int64_t PixelAt(const FeatureMap& map, int32_t y, int32_t x) {
  int tile = 0;
  int32_t split = map.height0;
  if (x >= map.width0) {
    x -= map.width0;
    tile = 1;
    split = map.height1;
  }
  if (y >= split) {
    y -= split;
    tile += 2;
  }
  return static_cast<int64_t>(map.base[tile]) + y * map.stride_y + x * PixelStep(map);
}

bool TileRange(const FeatureMap& map, int tile, ByteRange* range) {
  const int32_t split = tile % 2 == 0 ? map.height0 : map.height1;
  const int32_t columns = std::min(map.width0, map.width);
  const int32_t width = tile % 2 == 0 ? columns : map.width - columns;
  const int32_t upper = std::min(split, map.height);
  const int32_t height = tile < 2 ? upper : map.height - upper;
  if (height <= 0 || width <= 0 || map.depth <= 0) return false;

  const bool bricks = map.layout == Layout::kNhcwb16;
  const int32_t last_channel = map.depth - 1;
  const int64_t in_run = bricks ? std::min(last_channel, kBrick - 1) : last_channel;
  const int64_t moves[] = {(height - 1) * map.stride_y, (width - 1) * PixelStep(map),
                           bricks ? last_channel / kBrick * map.stride_c : 0};
  range->begin = range->end = static_cast<int64_t>(map.base[tile]);
  for (const int64_t move : moves) (move < 0 ? range->begin : range->end) += move;
  range->end += (in_run + 1) * map.element.bytes;
  return true;
}

bool IsDense(const FeatureMap& map) {
  const bool one_tile = map.width0 >= map.width && map.height0 >= map.height;
  if (!one_tile) return false;
  const int64_t pixel = int64_t{map.depth} * map.element.bytes;
  if (map.layout == Layout::kNhcwb16 && map.depth != kBrick) return false;
  return (map.width == 1 || PixelStep(map) == pixel) &&
         (map.height == 1 || map.stride_y == map.width * pixel);
}

void GatherBytes(const FeatureMap& map, const uint8_t* region, int32_t row, int32_t rows,
                 int8_t* dense) {
  ForEachRun(map, region, row, rows, [&](const uint8_t* at, std::ptrdiff_t place, auto count) {
    CopyRun(at, count, dense + place);
  });
}

void GatherValues(const FeatureMap& map, const uint8_t* region, int32_t row, int32_t rows,
                  int32_t* dense) {
  ForEachRun(map, region, row, rows, [&](const uint8_t* at, std::ptrdiff_t place, int32_t count) {
    WidenRun(map.element, at, map.zero_point, count, dense + place);
  });
}

void ScatterBytes(const FeatureMap& map, uint8_t* region, int32_t row, int32_t rows,
                  const int8_t* dense, const uint8_t* table) {
  ForEachRun(map, region, row, rows, [&](uint8_t* at, std::ptrdiff_t place, auto count) {
    if (table != nullptr)
      for (int32_t i = 0; i < count; ++i) at[i] = table[dense[place + i] + 128];
    else
      CopyRun(dense + place, count, at);
  });
}

void ScatterValues(const FeatureMap& map, uint8_t* region, int32_t row, int32_t rows,
                   const int32_t* dense) {
  const size_t bytes = map.element.bytes;
  ForEachRun(map, region, row, rows, [&](uint8_t* at, std::ptrdiff_t place, int32_t count) {
    for (int32_t i = 0; i < count; ++i, at += bytes) std::memcpy(at, dense + place + i, bytes);
  });
}

}  // namespace moonlet::npu
