#include "engine/kernels/space_batch.h"

#include <algorithm>
#include <cstddef>

#include "engine/kernels/strided_copy.h"

namespace moonlet {
namespace {

// The pixels of a small image that lie inside the large one, along one axis.
struct InsideRange {
  int32_t first = 0;  // in the small image
  int32_t count = 0;
  int32_t at = 0;  // of the first, in the large image
};

InsideRange FindInside(const SpaceBatchParams& p, int axis, int32_t offset) {
  const int64_t block = p.block[axis];
  const int64_t border = int64_t{p.before[axis]} - offset;
  const int64_t first = border > 0 ? (border + block - 1) / block : 0;
  const int64_t at = first * block - border;
  const int64_t room = (p.large[axis] - at + block - 1) / block;
  const int64_t count = std::min(room, p.small[axis] - first);
  if (at >= p.large[axis] || count < 1) return {};
  return {static_cast<int32_t>(first), static_cast<int32_t>(count), static_cast<int32_t>(at)};
}

// From one pixel of the range to the next; blocks may be larger than the image.
int32_t Step(const InsideRange& range, int32_t block, int32_t bytes) {
  return range.count > 1 ? block * bytes : 0;
}

// Calls move(axes, large, small) for each pixel of a block with the box of its pixels, `from`
// being the steps in large images and `to` those in small ones, and its first bytes in both.
template <typename Move>
bool ForEachPixelOfBlock(const SpaceBatchParams& p, Move move) {
  const int32_t large_row = p.large[1] * p.pixel_bytes, small_row = p.small[1] * p.pixel_bytes;
  const int32_t large_image = p.large[0] * large_row, small_image = p.small[0] * small_row;
  const int32_t pixels = p.block[0] * p.block[1];
  for (int32_t k = 0; k < pixels; ++k) {
    const InsideRange rows = FindInside(p, 0, k / p.block[1]);
    const InsideRange columns = FindInside(p, 1, k % p.block[1]);
    if (rows.count < 1 || columns.count < 1) continue;
    const StridedAxis axes[] = {
        {p.batches, large_image, small_image},
        {rows.count, Step(rows, p.block[0], large_row), small_row},
        {columns.count, Step(columns, p.block[1], p.pixel_bytes), p.pixel_bytes}};
    const std::ptrdiff_t large =
        std::ptrdiff_t{rows.at} * large_row + std::ptrdiff_t{columns.at} * p.pixel_bytes;
    const std::ptrdiff_t small = std::ptrdiff_t{k} * p.batches * small_image +
                                 std::ptrdiff_t{rows.first} * small_row +
                                 std::ptrdiff_t{columns.first} * p.pixel_bytes;
    if (!move(axes, large, small)) return false;
  }
  return true;
}

}  // namespace

bool SpaceToBatch(const SpaceBatchParams& p, const uint8_t* input, uint8_t* output,
                  const StopToken& stop) {
  const auto move = [&](std::span<const StridedAxis> axes, std::ptrdiff_t large,
                        std::ptrdiff_t small) {
    return CopyStrided(MakeStridedCopy(axes, p.pixel_bytes), input + large, output + small, stop);
  };
  return ForEachPixelOfBlock(p, move);
}

bool BatchToSpace(const SpaceBatchParams& p, const uint8_t* input, uint8_t* output,
                  const StopToken& stop) {
  const auto move = [&](std::span<const StridedAxis> axes, std::ptrdiff_t large,
                        std::ptrdiff_t small) {
    const StridedAxis reversed[] = {{axes[0].count, axes[0].to, axes[0].from},
                                    {axes[1].count, axes[1].to, axes[1].from},
                                    {axes[2].count, axes[2].to, axes[2].from}};
    return CopyStrided(MakeStridedCopy(reversed, p.pixel_bytes), input + small, output + large,
                       stop);
  };
  return ForEachPixelOfBlock(p, move);
}

}  // namespace moonlet
