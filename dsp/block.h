// dsp/block.h - a streaming block: takes items as they come, in pieces of any length, and keeps
// what it needs of the past. What comes out does not depend on how the pieces were cut.
//
// An item is a row: one sample, or the values of several channels, or a vector of features.
// All memory is there before the first Push (dsp/arena.h), which neither allocates nor fails.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/tensor/tensor.h"

namespace moonlet::dsp {

class Block {
 public:
  // What goes in and comes out: type and values per item.
  struct Port {
    DType dtype = DType::kFloat32;
    size_t width = 1;
  };
  virtual Port input() const = 0;
  virtual Port output() const = 0;

  // Items out for items in, in the long run: 1/4 for a decimator by four, 1/160 for a feature
  // vector every 160 samples. Both are at least 1.
  struct Rate {
    uint32_t out = 1;
    uint32_t in = 1;
  };
  virtual Rate rate() const { return {}; }
  // Items per second that the block is made for; 0 if it does not care. A chain refuses blocks
  // whose rates do not meet.
  virtual double sample_rate() const { return 0; }
  // How many input items the output lags behind, as its group delay or buffering says.
  virtual double latency() const { return 0; }

  // How many items the next Push gives if it takes `count`.
  virtual size_t CountOutput(size_t count) const = 0;
  // The most items that any Push of up to `count` gives, whatever came before: what evenly
  // spaced items come to, unless a block says otherwise.
  virtual size_t MaxOutput(size_t count) const {
    const Rate r = rate();
    return static_cast<size_t>((uint64_t{count} * r.out + r.in - 1) / r.in);
  }
  // How many items a Push may be given when a stop should not wait long for its end.
  virtual size_t piece() const { return PieceOf(1); }
  // Takes `count` items from `in`, writes what comes out to `out`, CountOutput(count) items, and
  // gives how many that was. The two do not overlap. Float32 work is done inside of a
  // FlushDenormals that the caller holds.
  virtual size_t Push(const void* in, size_t count, void* out) = 0;
  // As before the first item.
  virtual void Reset() = 0;

 protected:
  // The piece for a block that does about so many multiply-adds for an item.
  static size_t PieceOf(size_t work) {
    constexpr size_t kMostItems = 1024, kMostWork = 1 << 20;
    return work <= kMostWork / kMostItems ? kMostItems : kMostWork / work + 1;
  }
  ~Block() = default;  // whoever made it in its memory forgets it there
};

}  // namespace moonlet::dsp
