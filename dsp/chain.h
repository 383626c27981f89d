// dsp/chain.h - blocks one behind the other, as one block.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/arena.h"
#include "dsp/block.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// Whether each of the blocks takes what the one before it gives: dtype, width and, where both
// are known, the sample rate. kInvalid names the first that does not, counted from 1.
// Requires at least one block.
Status CheckChain(std::span<Block* const> blocks);

class Chain final : public Block {
 public:
  // The blocks stay where they are for as long as the chain. Requires that CheckChain agrees.
  Chain(Arena& arena, std::span<Block* const> blocks);

  Port input() const override { return blocks_[0]->input(); }
  Port output() const override { return blocks_[count_ - 1]->output(); }
  Rate rate() const override { return rate_; }
  double sample_rate() const override { return sample_rate_; }
  double latency() const override;
  size_t CountOutput(size_t count) const override;
  size_t MaxOutput(size_t count) const override;
  size_t piece() const override;
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  size_t PushPiece(const void* in, size_t count, void* out);

  size_t count_;
  Block** blocks_;
  Rate rate_;
  double sample_rate_;
  size_t piece_;  // items at a time, so that what lies between blocks fits the buffers
  unsigned char* buffers_[2];
};

}  // namespace moonlet::dsp
