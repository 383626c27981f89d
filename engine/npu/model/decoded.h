// engine/npu/model/decoded.h - which constant bytes lie where in the memory that a stream writes.
//
// Compiled models copy slices of weights into the arena by DMA, over slices that were used up. A
// reader of the stream that follows the copies knows what an operation finds at an address, and
// can decode it once, before any run.
#pragma once
#include <cstdint>

#include "engine/npu/model/feature_map.h"
#include "engine/npu/operation.h"
#include "engine/npu/program.h"

namespace moonlet::npu {

class ConstantCopies {
 public:
  explicit ConstantCopies(Regions regions) : regions_(regions) {}

  // What a DMA to a region did.
  void Copied(const Dma& dma);
  // Some bytes of this range became unknown.
  void Written(uint8_t region, const ByteRange& range);
  // The constant bytes that the piece holds, or null. Requires a piece inside its region.
  const uint8_t* Find(const Piece& piece) const;

 private:
  struct Copy {
    uint8_t region;
    ByteRange range;
    const uint8_t* source;
  };
  // Of compiled models, few are in use at a time. When there are more, the oldest is forgotten,
  // and what it held is decoded in each run.
  static constexpr int kMost = 32;

  Regions regions_;
  Copy copies_[kMost] = {};
  int count_ = 0;
};

}  // namespace moonlet::npu
