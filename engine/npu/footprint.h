// engine/npu/footprint.h - which bytes of its region a feature map covers, or a part of it.
#pragma once
#include <cstdint>

#include "engine/npu/operation.h"

namespace moonlet::npu {

// A part of a feature map: rows, columns and channels from .. to, the last ones not in it.
struct Box {
  int32_t top, bottom, left, right, front, back;

  bool empty() const { return top >= bottom || left >= right || front >= back; }
};
Box WholeOf(const FeatureMap& map);

// The first byte of a part and the one behind the last. Between rows, bytes may be another's.
struct AddressRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool Overlaps(const AddressRange& other) const { return begin < other.end && other.begin < end; }
};
AddressRange RangeOf(const FeatureMap& map, const Box& box);
AddressRange RangeOf(const Piece& piece);

// Whether two parts have a byte in common: exact where both maps are views of one tensor, as
// slices of its channels are; else where what is between their rows counts, it is in doubt yes.
bool Overlap(const FeatureMap& a, const Box& in_a, const FeatureMap& b, const Box& in_b);
bool Overlap(const FeatureMap& a, const FeatureMap& b);
bool Overlap(const FeatureMap& map, const Piece& piece);

}  // namespace moonlet::npu
