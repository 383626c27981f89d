// dsp/ring.h - a queue of items in a fixed place: whoever pushes never waits, the oldest go
// instead and are counted.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

class Ring {
 public:
  // Room for `capacity` items, at least 1.
  Ring(Arena& arena, const Block::Port& port, size_t capacity);

  const Block::Port& port() const { return port_; }
  size_t capacity() const { return capacity_; }
  size_t size() const { return size_; }
  uint64_t overruns() const { return overruns_; }  // items lost since the last Clear

  // Takes `count` items; gives how many, old or of these, had to go.
  size_t Push(const void* items, size_t count);
  // Copies the oldest `count` items. Requires count <= size().
  void Peek(void* items, size_t count) const;
  // Drops as many. Requires count <= size().
  void Drop(size_t count);
  void Clear();

 private:
  Block::Port port_;
  size_t capacity_;
  size_t item_;  // bytes
  size_t first_ = 0;
  size_t size_ = 0;
  uint64_t overruns_ = 0;
  unsigned char* memory_;
};

}  // namespace moonlet::dsp
