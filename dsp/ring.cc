#include "dsp/ring.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace moonlet::dsp {

Ring::Ring(Arena& arena, const Block::Port& port, size_t capacity)
    : port_(port),
      capacity_(capacity),
      item_(port.width * SizeOf(port.dtype)),
      memory_(arena.Take<unsigned char>(capacity, item_)) {
  assert(capacity >= 1);
}

size_t Ring::Push(const void* items, size_t count) {
  const size_t free = capacity_ - size_;
  const size_t lost = count > free ? count - free : 0;
  // Of more than fit only the last come in at all.
  const size_t skipped = count > capacity_ ? count - capacity_ : 0;
  Drop(lost - skipped);
  const auto* from = static_cast<const unsigned char*>(items) + skipped * item_;
  for (size_t left = count - skipped; left > 0;) {
    const size_t end = (first_ + size_) % capacity_;
    const size_t n = std::min(left, capacity_ - end);
    std::memcpy(memory_ + end * item_, from, n * item_);
    from += n * item_;
    size_ += n;
    left -= n;
  }
  overruns_ += lost;
  return lost;
}

void Ring::Peek(void* items, size_t count) const {
  assert(count <= size_);
  auto* to = static_cast<unsigned char*>(items);
  const size_t n = std::min(count, capacity_ - first_);
  std::memcpy(to, memory_ + first_ * item_, n * item_);
  std::memcpy(to + n * item_, memory_, (count - n) * item_);
}

void Ring::Drop(size_t count) {
  assert(count <= size_);
  first_ = (first_ + count) % capacity_;
  size_ -= count;
}

void Ring::Clear() { first_ = size_ = 0, overruns_ = 0; }

}  // namespace moonlet::dsp
