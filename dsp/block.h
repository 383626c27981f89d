// dsp/block.h - a streaming block: takes items as they come, in pieces of any length, and keeps
// what it needs of the past. What comes out does not depend on how the pieces were cut.
//
// An item is a row: one sample, or the values of several channels, or a vector of features.
// All memory is there before the first Push, which neither allocates nor fails.
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
  // vector every 160 samples.
  struct Rate {
    uint32_t out = 1;
    uint32_t in = 1;
  };
  virtual Rate rate() const { return {}; }
  // How many input items the output lags behind, as its group delay or buffering says.
  virtual double latency() const { return 0; }

  // The most items that Push gives for `count` of them, whatever came before.
  virtual size_t MaxOutput(size_t count) const = 0;
  // Takes `count` items from `in`, writes what comes out to `out`, room for MaxOutput(count)
  // items, and gives how many that was. The two do not overlap. Float32 work is done inside of a
  // FlushDenormals that the caller holds.
  virtual size_t Push(const void* in, size_t count, void* out) = 0;
  // As before the first item.
  virtual void Reset() = 0;

 protected:
  ~Block() = default;  // whoever made it in its memory forgets it there
};

}  // namespace moonlet::dsp
