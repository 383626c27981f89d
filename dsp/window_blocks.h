// dsp/window_blocks.h - blocks that remember the last items: delay and sliding median.
#pragma once
#include <cstddef>

#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

// Gives each item `length` items later, bit for bit; zeros before that.
class Delay final : public Block {
 public:
  Delay(Arena& arena, DType dtype, size_t length, size_t width);

  Port input() const override { return port_; }
  Port output() const override { return port_; }
  double latency() const override { return static_cast<double>(length_); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  Port port_;
  size_t length_;
  size_t bytes_;  // of the line
  size_t next_ = 0;
  unsigned char* line_;
};

// The median of the last `length` items of each channel; before the first item all were 0. Of
// an even length the mean of the two in the middle. NaN counts as larger than everything.
class Median final : public Block {
 public:
  Median(Arena& arena, size_t length, size_t width);

  Port input() const override { return {DType::kFloat32, width_}; }
  Port output() const override { return {DType::kFloat32, width_}; }
  double latency() const override { return static_cast<double>(length_ - 1) / 2; }
  size_t piece() const override { return PieceOf(length_ * width_); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void Replace(float* sorted, float old, float fresh) const;
  float Middle(const float* sorted) const;

  size_t length_;
  size_t width_;
  size_t next_ = 0;
  float* last_;    // item by item, `next_` the oldest
  float* sorted_;  // channel by channel, ascending
};

}  // namespace moonlet::dsp
