// engine/kernels/strided_copy.h - copies a box of elements from one row-major tensor to
// another, each walked with steps of its own: the whole of STRIDED_SLICE and of PAD's inside.
// Stopping as engine/kernels/conv.h says.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"

namespace moonlet {

// One axis of the box: how many positions, and the bytes from one to the next in the source
// and in the destination, which may be negative.
struct StridedAxis {
  int32_t count = 0;
  int32_t from = 0;
  int32_t to = 0;
};

struct StridedCopy {
  static constexpr int kMaxRank = 8;

  int32_t run = 0;  // bytes that lie together in both
  int32_t rank = 0;
  StridedAxis axes[kMaxRank] = {};  // the innermost loop's first
};

// The copy along `axes`, the outermost first, of elements of `element_bytes`. Axes that are
// one run of memory on both sides become one. Requires axes.size() <= StridedCopy::kMaxRank,
// counts of at least 1 and boxes below 2 GiB.
StridedCopy MakeStridedCopy(std::span<const StridedAxis> axes, int32_t element_bytes);

// `from` and `to` are the box's first elements; the two boxes do not overlap.
[[nodiscard]] bool CopyStrided(const StridedCopy& copy, const uint8_t* from, uint8_t* to,
                               const StopToken& stop);

}  // namespace moonlet
