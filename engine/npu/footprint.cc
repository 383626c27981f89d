#include "engine/npu/footprint.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

constexpr int32_t kBrickDepth = 16;

// The part of a box that lies in one tile, in the tile's own rows and columns.
struct TilePart {
  const FeatureMap* map;
  int64_t base;
  Box box;
};

// Tile 1 and 3 are right of the vertical cut, 2 and 3 below the horizontal ones.
TilePart PartOf(const FeatureMap& map, const Box& box, int tile) {
  const bool right = tile % 2 == 1, below = tile >= 2;
  const int32_t x0 = right ? map.width0 : 0;
  const int32_t y0 = below ? (right ? map.height1 : map.height0) : 0;
  const int32_t x1 = right ? map.width : std::min(map.width, map.width0);
  const int32_t y1 = below ? map.height : std::min(map.height, right ? map.height1 : map.height0);
  return {&map,
          static_cast<int64_t>(map.base[tile]),
          {std::max(box.top, y0) - y0, std::min(box.bottom, y1) - y0, std::max(box.left, x0) - x0,
           std::min(box.right, x1) - x0, box.front, box.back}};
}

int64_t OffsetOf(const FeatureMap& map, int32_t y, int32_t x, int32_t c) {
  const int64_t element = map.element.bytes;
  const int64_t row = y * map.stride_y + x * map.stride_x;
  if (map.layout == Layout::kNhwc) return row + c * element;
  return row + c / kBrickDepth * map.stride_c + c % kBrickDepth * element;
}

AddressRange RangeOfPart(const TilePart& part) {
  const Box& box = part.box;
  const auto at = [&](int32_t y, int32_t x, int32_t c) {
    return static_cast<uint64_t>(part.base + OffsetOf(*part.map, y, x, c));
  };
  return {at(box.top, box.left, box.front),
          at(box.bottom - 1, box.right - 1, box.back - 1) + part.map->element.bytes};
}

// Rows of bricks of pixels, or rows of pixels of elements: what an address is made of.
struct Grid {
  int64_t outer, middle, inner;  // strides
};

struct Cell {
  int64_t from, to;
};

// A box's extent along each of them.
struct Cells {
  Cell outer, middle, inner;
};

Grid GridOf(const FeatureMap& map) {
  if (map.layout == Layout::kNhwc) return {map.stride_y, map.stride_x, map.element.bytes};
  return {map.stride_y, map.stride_c, int64_t{kBrickDepth} * map.element.bytes};
}

Cells CellsOf(const FeatureMap& map, const Box& box) {
  if (map.layout == Layout::kNhwc)
    return {{box.top, box.bottom}, {box.left, box.right}, {box.front, box.back}};
  return {{box.top, box.bottom},
          {box.front / kBrickDepth, (box.back + kBrickDepth - 1) / kBrickDepth},
          {box.left, box.right}};
}

// Whether an address belongs to one cell alone.
bool IsNested(const FeatureMap& map) {
  const Grid grid = GridOf(map);
  const Cells whole = CellsOf(map, WholeOf(map));
  const int64_t inner = whole.inner.to * grid.inner;
  return inner <= grid.middle && (whole.middle.to - 1) * grid.middle + inner <= grid.outer;
}

bool SameGrid(const FeatureMap& a, const FeatureMap& b) {
  return a.layout == b.layout && a.element.bytes == b.element.bytes && a.stride_y == b.stride_y &&
         (a.layout == Layout::kNhwc ? a.stride_x == b.stride_x : a.stride_c == b.stride_c) &&
         IsNested(a) && IsNested(b);
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool Meet(const Cell& a, const Cell& b, int64_t shift) {
  return a.from < b.to + shift && b.from + shift < a.to;
}

// `distance` bytes from a's origin to b's, as cells: both ways to round, for a map that starts
// left of the other.
bool MeetInner(const Cell& a, const Cell& b, int64_t distance, int64_t stride) {
  const int64_t shift = FloorDiv(distance, stride);
  return Meet(a, b, shift) || (distance % stride != 0 && Meet(a, b, shift + 1));
}

bool MeetMiddle(const Cells& a, const Cells& b, int64_t distance, const Grid& grid) {
  const int64_t low = FloorDiv(distance, grid.middle);
  for (int64_t shift = low; shift <= low + 1; ++shift)
    if (Meet(a.middle, b.middle, shift) &&
        MeetInner(a.inner, b.inner, distance - shift * grid.middle, grid.inner))
      return true;
  return false;
}

bool MeetOnGrid(const TilePart& a, const TilePart& b) {
  const Grid grid = GridOf(*a.map);
  const Cells cells_a = CellsOf(*a.map, a.box), cells_b = CellsOf(*b.map, b.box);
  const int64_t distance = b.base - a.base;
  const int64_t low = FloorDiv(distance, grid.outer);
  for (int64_t shift = low; shift <= low + 1; ++shift)
    if (Meet(cells_a.outer, cells_b.outer, shift) &&
        MeetMiddle(cells_a, cells_b, distance - shift * grid.outer, grid))
      return true;
  return false;
}

bool PartsOverlap(const TilePart& a, const TilePart& b, bool same_grid) {
  if (a.box.empty() || b.box.empty()) return false;
  if (!RangeOfPart(a).Overlaps(RangeOfPart(b))) return false;
  return !same_grid || MeetOnGrid(a, b);
}

}  // namespace

Box WholeOf(const FeatureMap& map) { return {0, map.height, 0, map.width, 0, map.depth}; }

AddressRange RangeOf(const FeatureMap& map, const Box& box) {
  AddressRange range;
  for (int tile = 0; tile < 4; ++tile) {
    const TilePart part = PartOf(map, box, tile);
    if (part.box.empty()) continue;
    const AddressRange more = RangeOfPart(part);
    const bool first = range.end == 0;
    range.begin = first ? more.begin : std::min(range.begin, more.begin);
    range.end = std::max(range.end, more.end);
  }
  return range;
}

AddressRange RangeOf(const Piece& piece) { return {piece.base, piece.base + piece.length}; }

bool Overlap(const FeatureMap& a, const Box& in_a, const FeatureMap& b, const Box& in_b) {
  if (a.region != b.region) return false;
  const bool same_grid = SameGrid(a, b);
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 4; ++k)
      if (PartsOverlap(PartOf(a, in_a, i), PartOf(b, in_b, k), same_grid)) return true;
  return false;
}

bool Overlap(const FeatureMap& a, const FeatureMap& b) {
  return Overlap(a, WholeOf(a), b, WholeOf(b));
}

bool Overlap(const FeatureMap& map, const Piece& piece) {
  if (map.region != piece.region) return false;
  const AddressRange range = RangeOf(piece);
  for (int tile = 0; tile < 4; ++tile) {
    const TilePart part = PartOf(map, WholeOf(map), tile);
    if (!part.box.empty() && RangeOfPart(part).Overlaps(range)) return true;
  }
  return false;
}

}  // namespace moonlet::npu
