// engine/kernels/pixel_tiles.h - the output pixels of a filter, several at a time that lie above
// the same of its taps, for kernels that keep their sums in registers side by side.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/window.h"

namespace moonlet {
namespace {

// Positions are pixels of one image, row after row.
template <int kPixels>
struct PixelTile {
  Axis::Taps y;
  Axis::Taps x;
  int32_t count = 0;
  std::ptrdiff_t inputs[kPixels] = {};  // below tap (0, 0), which may lie outside
  std::ptrdiff_t outputs[kPixels] = {};
};

// The end of the outputs from `o` on that have the same taps.
inline int32_t EndOfSameTaps(const Axis& axis, int32_t o) {
  const Axis::Taps taps = axis.TapsAt(o);
  if (taps.first == 0 && taps.last == axis.kernel) {  // as most have
    const int32_t room = axis.input - 1 - (axis.kernel - 1) * axis.dilation + axis.pad;
    const int32_t end = room / axis.stride + 1;
    return end < axis.output ? end : axis.output;
  }
  for (++o; o < axis.output; ++o) {
    const Axis::Taps next = axis.TapsAt(o);
    if (next.first != taps.first || next.last != taps.last) break;
  }
  return o;
}

// The pixels of rows [y0, y1) and columns [x0, x1), which have the same taps.
template <int kPixels, typename Visit>
inline bool TilesOfRegion(const Window& w, int32_t y0, int32_t y1, int32_t x0, int32_t x1,
                          Visit& visit) {
  PixelTile<kPixels> tile = {.y = w.y.TapsAt(y0), .x = w.x.TapsAt(x0)};
  for (int32_t oy = y0; oy < y1; ++oy) {
    const std::ptrdiff_t row = std::ptrdiff_t{oy * w.y.stride - w.y.pad} * w.x.input;
    for (int32_t ox = x0; ox < x1; ++ox) {
      tile.inputs[tile.count] = row + ox * w.x.stride - w.x.pad;
      tile.outputs[tile.count] = std::ptrdiff_t{oy} * w.x.output + ox;
      if (++tile.count < kPixels) continue;
      if (!visit(tile)) return false;
      tile.count = 0;
    }
  }
  return tile.count == 0 || visit(tile);
}

// Calls visit(tile) for all pixels of an image; false when a call was.
template <int kPixels, typename Visit>
inline bool ForPixelTiles(const Window& w, Visit visit) {
  for (int32_t y0 = 0; y0 < w.y.output;) {
    const int32_t y1 = EndOfSameTaps(w.y, y0);
    for (int32_t x0 = 0; x0 < w.x.output;) {
      const int32_t x1 = EndOfSameTaps(w.x, x0);
      if (!TilesOfRegion<kPixels>(w, y0, y1, x0, x1, visit)) return false;
      x0 = x1;
    }
    y0 = y1;
  }
  return true;
}

}  // namespace
}  // namespace moonlet
