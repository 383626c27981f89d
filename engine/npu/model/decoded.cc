#include "engine/npu/model/decoded.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

// Regions from here on may lie in others (program.h).
constexpr uint8_t kFirstShared = 3;

ByteRange RangeOf(uint64_t base, uint64_t length) {
  return {static_cast<int64_t>(base), static_cast<int64_t>(base + length)};
}

}  // namespace

void ConstantCopies::Copied(const Dma& dma) {
  const uint8_t* source = Find(dma.source);
  const ByteRange target = RangeOf(dma.target, dma.source.length);
  Written(dma.target_region, target);
  if (source == nullptr || dma.target_region >= kFirstShared) return;
  if (count_ == kMost) std::move(copies_ + 1, copies_ + count_--, copies_);
  copies_[count_++] = {dma.target_region, target, source};
}

void ConstantCopies::Written(uint8_t region, const ByteRange& range) {
  if (region >= kFirstShared) count_ = 0;
  const auto lost = [&](const Copy& copy) {
    return copy.region == region && copy.range.Overlaps(range);
  };
  count_ = static_cast<int>(std::remove_if(copies_, copies_ + count_, lost) - copies_);
}

const uint8_t* ConstantCopies::Find(const Piece& piece) const {
  const uint8_t* constant = regions_[piece.region].constant;
  if (constant != nullptr) return constant + piece.base;
  const ByteRange wanted = RangeOf(piece.base, piece.length);
  for (int i = 0; i < count_; ++i) {
    const Copy& copy = copies_[i];
    if (copy.region == piece.region && copy.range.begin <= wanted.begin &&
        wanted.end <= copy.range.end)
      return copy.source + (wanted.begin - copy.range.begin);
  }
  return nullptr;
}

}  // namespace moonlet::npu
