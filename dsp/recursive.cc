#include "dsp/recursive.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace moonlet::dsp {

Status Running(std::span<const Section> sections, std::span<RunningSection> running) {
  assert(sections.size() == running.size());
  for (size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    running[i] = {static_cast<float>(s.b[0]),
                  static_cast<float>(s.b[1]),
                  static_cast<float>(s.b[2]),
                  static_cast<float>(s.a[1]),
                  static_cast<float>(s.a[2]),
                  0,
                  0};
    for (float c : {running[i].b0, running[i].b1, running[i].b2, running[i].a1, running[i].a2}) {
      if (!std::isfinite(c)) {
        return Status::Invalid("section %d has a coefficient that is no float32",
                               static_cast<int>(i + 1));
      }
    }
    if (PolesAreInside(s.a[1], s.a[2]) &&
        !PolesAreInside(double{running[i].a1}, double{running[i].a2})) {
      return Status::Invalid(
          "section %d: a pole of radius %.9g lands on or outside of the unit circle in float32",
          static_cast<int>(i + 1), std::sqrt(std::fabs(s.a[2])));
    }
  }
  return Status();
}

void SetStates(std::span<RunningSection> sections, std::span<const double> states) {
  assert(states.size() == 2 * sections.size());
  for (size_t i = 0; i < sections.size(); ++i) {
    sections[i].s1 = static_cast<float>(states[2 * i]);
    sections[i].s2 = static_cast<float>(states[2 * i + 1]);
  }
}

Cascade::Cascade(Arena& arena, const CascadeSpec& spec)
    : count_(spec.sections.size()),
      width_(spec.width),
      sample_rate_(spec.sample_rate),
      start_at_first_(spec.start_at_first),
      start_(arena.Take<RunningSection>(count_)),
      now_(arena.Take<RunningSection>(count_, width_)) {
  if (arena.counting()) return;
  std::copy_n(spec.sections.data(), count_, start_);
  Reset();
}

void Cascade::Reset() {
  for (size_t channel = 0; channel < width_; ++channel)
    std::copy_n(start_, count_, now_ + channel * count_);
  started_ = !start_at_first_;
}

void Cascade::ScaleStates(const float* first) {
  for (size_t channel = 0; channel < width_; ++channel) {
    for (RunningSection& s : sections(channel)) {
      s.s1 *= first[channel];
      s.s2 *= first[channel];
    }
  }
  started_ = true;
}

size_t Cascade::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  if (!started_ && count > 0) ScaleStates(x);
  for (size_t channel = 0; channel < width_; ++channel)
    Filters().sos(now_ + channel * count_, count_, x + channel, y + channel, width_, count);
  return count;
}

Comb::Comb(Arena& arena, const CombSpec& spec)
    : spec_(spec),
      size_(spec.delay * spec.width),
      line_(arena.Take<float>(spec.delay, spec.width)) {
  assert(spec.delay >= 1);
  if (!arena.counting()) Reset();
}

void Comb::Reset() {
  std::fill_n(line_, size_, 0.0f);
  next_ = 0;
}

size_t Comb::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t left = count * spec_.width; left > 0;) {
    const size_t n = std::min(left, size_ - next_);
    Filters().comb(line_ + next_, spec_.gain, spec_.feedback, x, y, n);
    next_ = next_ + n == size_ ? 0 : next_ + n;
    x += n;
    y += n;
    left -= n;
  }
  return count;
}

}  // namespace moonlet::dsp
