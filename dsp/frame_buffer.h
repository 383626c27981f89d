// dsp/frame_buffer.h - a stream of samples cut into overlapping frames.
//
//   while (buffer.Take(in, count)) { use(buffer.frame()); buffer.Advance(); }
#pragma once
#include <algorithm>
#include <cstddef>

#include "dsp/arena.h"

namespace moonlet::dsp {

template <typename T>
class FrameBuffer {
 public:
  FrameBuffer(Arena& arena, size_t size, size_t hop)
      : size_(size), hop_(hop), samples_(arena.Take<T>(size)) {}

  // Moves samples from `in` until a frame is whole (true) or none are left (false).
  bool Take(const T*& in, size_t& count) {
    const size_t skipped = std::min(skip_, count);
    skip_ -= skipped;
    const size_t taken = std::min(count - skipped, size_ - held_);
    std::copy_n(in + skipped, taken, samples_ + held_);
    held_ += taken;
    in += skipped + taken;
    count -= skipped + taken;
    return held_ == size_;
  }
  const T* frame() const { return samples_; }
  // Lets go of the samples that no further frame holds. Requires a whole frame.
  void Advance() {
    const size_t kept = size_ - std::min(hop_, size_);
    std::copy(samples_ + size_ - kept, samples_ + size_, samples_);
    held_ = kept;
    skip_ = hop_ - (size_ - kept);
  }
  void Reset() { held_ = skip_ = 0; }

  // The samples that complete one frame, when there is much to do for each.
  size_t piece() const { return std::min<size_t>(hop_, 1024); }
  // The frames that `count` more samples make whole.
  size_t Count(size_t count) const {
    const size_t missing = skip_ + size_ - held_;
    return count < missing ? 0 : (count - missing) / hop_ + 1;
  }

 private:
  size_t size_;
  size_t hop_;
  T* samples_;
  size_t held_ = 0;
  size_t skip_ = 0;  // samples between two frames that belong to none
};

}  // namespace moonlet::dsp
