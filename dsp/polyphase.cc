#include "dsp/polyphase.h"

#include <algorithm>
#include <cassert>

namespace moonlet::dsp {

Polyphase::Polyphase(Arena& arena, const PolyphaseSpec& spec)
    : up_(spec.up),
      down_(spec.down),
      offset_(spec.offset),
      width_(spec.width),
      sample_rate_(spec.sample_rate),
      length_(spec.taps.size()),
      history_((length_ - 1) / up_),
      phases_(arena.Take<float>(length_)),
      past_(arena.Take<float>(history_, width_)),
      work_(arena.Take<float>(history_ + kSlice)),
      results_(arena.Take<float>(width_ > 1 ? kSlice : 0)) {
  assert(length_ >= 1 && up_ >= 1 && down_ >= 1);
  if (arena.counting()) return;
  float* to = phases_;
  for (size_t phase = 0; phase < up_; ++phase)
    for (size_t k = phase; k < length_; k += up_) *to++ = spec.taps[k];
  Reset();
}

void Polyphase::Reset() {
  std::fill_n(past_, history_ * width_, 0.0f);
  next_ = offset_;
}

double Polyphase::latency() const {
  return static_cast<double>(length_ - 1) / 2 / static_cast<double>(up_);
}

size_t Polyphase::piece() const { return PieceOf(std::max<size_t>(length_, up_) / down_ * width_); }

size_t Polyphase::CountOutput(size_t count) const {
  const uint64_t end = uint64_t{count} * up_;
  return end > next_ ? static_cast<size_t>((end - next_ + down_ - 1) / down_) : 0;
}

size_t Polyphase::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  const bool direct = up_ == 1 && down_ == 1 && width_ == 1;
  size_t given = 0;
  for (size_t done = 0; done < count;) {
    if (direct && done >= history_) return given + PushDirect(x + done, count - done, y + given);
    const size_t slice = std::min(count - done, direct ? FirstSlice() : kSlice);
    given += PushSlice(x + done * width_, slice, y + given * width_);
    done += slice;
  }
  return given;
}

// How many items a plain filter takes with its past, before it finds that in the input itself.
size_t Polyphase::FirstSlice() const {
  constexpr size_t kStep = 128;
  return std::min(history_ / kStep * kStep + kStep, kSlice);
}

// A plain filter of one channel; the past lies before `in`.
size_t Polyphase::PushDirect(const float* in, size_t count, float* out) {
  const size_t outputs = CountOutput(count);
  if (outputs > 0) Filters().fir(phases_, length_, in + next_, out, outputs);
  std::copy_n(in + count - history_, history_, past_);
  next_ = next_ + outputs - count;
  return outputs;
}

size_t Polyphase::PushSlice(const float* in, size_t count, float* out) {
  const size_t outputs = CountOutput(count);
  float* x = work_ + history_;
  for (size_t channel = 0; channel < width_; ++channel) {
    float* past = past_ + channel * history_;
    std::copy_n(past, history_, work_);
    if (width_ == 1) {
      std::copy_n(in, count, x);
    } else {
      for (size_t i = 0; i < count; ++i) x[i] = in[i * width_ + channel];
    }
    if (up_ == 1 && down_ == 1) {
      FilterPlain(x, outputs, out + channel);
    } else {
      FilterPhases(x, outputs, out + channel);
    }
    std::copy_n(work_ + count, history_, past);
  }
  next_ = next_ + uint64_t{outputs} * down_ - uint64_t{count} * up_;
  return outputs;
}

void Polyphase::FilterPlain(const float* x, size_t outputs, float* out) {
  float* y = width_ > 1 ? results_ : out;
  if (outputs > 0) Filters().fir(phases_, length_, x + next_, y, outputs);
  if (width_ == 1) return;
  for (size_t i = 0; i < outputs; ++i) out[i * width_] = y[i];
}

TapRun Polyphase::RunAt(size_t phase, const float* newest) const {
  const size_t shorter = length_ / up_, longer = length_ % up_;  // how many have a tap more
  return {phases_ + phase * shorter + std::min(phase, longer), newest,
          shorter + (phase < longer ? 1 : 0)};
}

void Polyphase::FilterPhases(const float* x, size_t outputs, float* out) {
  constexpr size_t kChains = 16;
  TapRun chains[kChains];
  float y[kChains];
  size_t phase = static_cast<size_t>(next_ % up_);
  auto item = static_cast<size_t>(next_ / up_);
  while (outputs > 0) {
    const size_t some = std::min(outputs, kChains);
    for (size_t i = 0; i < some; ++i) {
      chains[i] = RunAt(phase, x + item);
      phase += down_ % up_;
      item += down_ / up_ + (phase >= up_ ? 1 : 0);
      phase -= phase >= up_ ? up_ : 0;
    }
    Filters().chains(chains, y, some);
    for (size_t i = 0; i < some; ++i) out[i * width_] = y[i];
    out += some * width_;
    outputs -= some;
  }
}

}  // namespace moonlet::dsp
