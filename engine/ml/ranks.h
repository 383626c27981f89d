// engine/ml/ranks.h - each feature's values as ranks, and samples of a node sorted by them.
//
// Values are sorted once; a node's samples are then sorted by radix over as many bits as the
// ranks among them differ in, which is a pass or two.
#pragma once
#include <cstdint>

#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

class Ranks {
 public:
  // Room for them, unless they are not `needed`.
  Ranks(const Work& work, const Samples& x, bool needed);

  Status Prepare();
  // The samples listed, by rank, those of equal rank as they are listed: rank - lowest << 32 |
  // sample. Null when all ranks are the same.
  const uint64_t* Sort(Index feature, const int32_t* samples, Index count);

  static uint32_t RankOf(uint64_t key) { return static_cast<uint32_t>(key >> 32); }
  static Index SampleOf(uint64_t key) { return static_cast<Index>(key & 0xFFFFFFFF); }

 private:
  const Work& work_;
  const Samples x_;
  Buffer<uint32_t> ranks_;  // of a feature's samples, one feature after the other
  Buffer<uint64_t> keys_, other_;
};

}  // namespace moonlet::ml
