#include "dsp/window_blocks.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace moonlet::dsp {

Delay::Delay(Arena& arena, DType dtype, size_t length, size_t width)
    : port_{dtype, width},
      length_(length),
      bytes_(length * width * SizeOf(dtype)),
      line_(arena.Take<unsigned char>(length, width * SizeOf(dtype))) {
  if (!arena.counting()) Reset();
}

void Delay::Reset() {
  std::memset(line_, 0, bytes_);
  next_ = 0;
}

size_t Delay::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const unsigned char*>(in);
  auto* y = static_cast<unsigned char*>(out);
  size_t left = count * port_.width * SizeOf(port_.dtype);
  if (bytes_ == 0) std::memcpy(y, x, left);
  while (bytes_ > 0 && left > 0) {
    const size_t n = std::min(left, bytes_ - next_);
    std::memcpy(y, line_ + next_, n);
    std::memcpy(line_ + next_, x, n);
    next_ = next_ + n == bytes_ ? 0 : next_ + n;
    x += n;
    y += n;
    left -= n;
  }
  return count;
}

Median::Median(Arena& arena, size_t length, size_t width)
    : length_(length),
      width_(width),
      last_(arena.Take<float>(length, width)),
      sorted_(arena.Take<float>(length, width)) {
  assert(length >= 1);
  if (!arena.counting()) Reset();
}

void Median::Reset() {
  std::fill_n(last_, length_ * width_, 0.0f);
  std::fill_n(sorted_, length_ * width_, 0.0f);
  next_ = 0;
}

size_t Median::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i) {
    for (size_t channel = 0; channel < width_; ++channel) {
      float& oldest = last_[next_ * width_ + channel];
      float* sorted = sorted_ + channel * length_;
      Replace(sorted, oldest, *x);
      oldest = *x++;
      *y++ = Middle(sorted);
    }
    next_ = next_ + 1 == length_ ? 0 : next_ + 1;
  }
  return count;
}

// `a` before `b`, NaN last.
static bool Before(float a, float b) { return a < b || (b != b && a == a); }

// Moves what lies between the two places by one.
void Median::Replace(float* sorted, float old, float fresh) const {
  float* end = sorted + length_;
  float* hole = std::lower_bound(sorted, end, old, Before);
  while (hole > sorted && Before(fresh, hole[-1])) {
    hole[0] = hole[-1];
    --hole;
  }
  while (hole + 1 < end && Before(hole[1], fresh)) {
    hole[0] = hole[1];
    ++hole;
  }
  *hole = fresh;
}

float Median::Middle(const float* sorted) const {
  const float upper = sorted[length_ / 2];
  return length_ % 2 == 1 ? upper : (sorted[length_ / 2 - 1] + upper) / 2;
}

}  // namespace moonlet::dsp
