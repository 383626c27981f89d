#include "dsp/fixed_filters.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace moonlet::dsp {
namespace {

template <typename T>
constexpr int kFraction = std::numeric_limits<T>::digits;

template <typename T>
T Saturated(int64_t value) {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(std::clamp<int64_t>(value, Limits::min(), Limits::max()));
}

int64_t Product(int32_t a, int32_t b) { return int64_t{a} * b; }

// The exact sum of products, of up to 2^33.
#if defined(__ARM_FEATURE_MVE)
int64_t Dot(const int16_t* a, const int16_t* b, size_t n) {
  int64_t sum = 0;
  for (size_t k = 0; k < n; k += 8) {
    const mve_pred16_t live = vctp16q(static_cast<uint32_t>(n - k));
    sum = vmlaldavaq_s16(sum, vldrhq_z_s16(a + k, live), vldrhq_z_s16(b + k, live));
  }
  return sum;
}
#else
int64_t Dot(const int16_t* a, const int16_t* b, size_t n) {
  int64_t sum = 0;
  for (size_t k = 0; k < n; ++k) sum += int32_t{a[k]} * b[k];
  return sum;
}
#endif

}  // namespace

template <typename T>
bool ToFixed(double value, int bits, T* fixed) {
  const double steps = std::floor(std::ldexp(value, bits) + 0.5);
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (!(steps >= -end && steps < end)) return false;
  *fixed = static_cast<T>(steps);
  return true;
}
template bool ToFixed(double, int, int16_t*);
template bool ToFixed(double, int, int32_t*);

template <typename T>
void ToFixedPoint(std::span<const float> x, T* fixed) {
  using Limits = std::numeric_limits<T>;
  for (size_t i = 0; i < x.size(); ++i) {
    const double steps = std::floor(std::ldexp(double{x[i]}, kFraction<T>) + 0.5);
    fixed[i] = std::isnan(steps)
                   ? T{0}
                   : static_cast<T>(std::clamp<double>(steps, Limits::min(), Limits::max()));
  }
}
template void ToFixedPoint(std::span<const float>, int16_t*);
template void ToFixedPoint(std::span<const float>, int32_t*);

template <typename T>
FixedFir<T>::FixedFir(Arena& arena, std::span<const T> taps, size_t width)
    : length_(taps.size()),
      width_(width),
      taps_(arena.Take<T>(length_)),
      line_(arena.Take<T>(2 * length_, width)) {
  assert(length_ >= 1);
  if (arena.counting()) return;
  std::reverse_copy(taps.begin(), taps.end(), taps_);
  Reset();
}

template <typename T>
void FixedFir<T>::Reset() {
  std::fill_n(line_, 2 * length_ * width_, T{0});
  next_ = 0;
}

// The sum over the oldest to the newest item.
template <typename T>
T FixedFir<T>::Filter(const T* oldest) const {
  if constexpr (sizeof(T) == 2) {
    const int64_t half = int64_t{1} << (kFraction<T> - 1);
    return Saturated<T>((Dot(taps_, oldest, length_) + half) >> kFraction<T>);
  } else {
    WideSum sum;
    for (size_t k = 0; k < length_; ++k) sum.Add(Product(taps_[k], oldest[k]));
    return Saturated<T>(sum.Rounded(kFraction<T>));
  }
}

template <typename T>
size_t FixedFir<T>::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const T*>(in);
  auto* y = static_cast<T*>(out);
  for (size_t i = 0; i < count; ++i) {
    const size_t place = next_;
    next_ = next_ + 1 == length_ ? 0 : next_ + 1;
    for (size_t channel = 0; channel < width_; ++channel) {
      T* line = line_ + channel * 2 * length_;
      line[place] = line[place + length_] = *x++;
      *y++ = Filter(line + place + 1);
    }
  }
  return count;
}

template <typename T>
FixedCascade<T>::FixedCascade(Arena& arena, std::span<const FixedSection<T>> sections, size_t width)
    : count_(sections.size()),
      width_(width),
      sections_(arena.Take<FixedSection<T>>(count_)),
      histories_(arena.Take<History>(count_, width)) {
  if (arena.counting()) return;
  std::copy_n(sections.data(), count_, sections_);
  Reset();
}

template <typename T>
void FixedCascade<T>::Reset() {
  std::fill_n(histories_, count_ * width_, History{});
}

template <typename T>
T FixedCascade<T>::Step(const FixedSection<T>& s, History& h, T x) {
  WideSum sum;
  sum.Add(Product(s.b[0], x));
  sum.Add(Product(s.b[1], h.x1));
  sum.Add(Product(s.b[2], h.x2));
  sum.Add(-Product(s.a[0], h.y1));
  sum.Add(-Product(s.a[1], h.y2));
  const T y = Saturated<T>(sum.Rounded(kFraction<T> - 1));
  h = {x, h.x1, y, h.y1};
  return y;
}

template <typename T>
size_t FixedCascade<T>::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const T*>(in);
  auto* y = static_cast<T*>(out);
  for (size_t i = 0; i < count; ++i) {
    for (size_t channel = 0; channel < width_; ++channel) {
      T value = *x++;
      for (size_t s = 0; s < count_; ++s)
        value = Step(sections_[s], histories_[channel * count_ + s], value);
      *y++ = value;
    }
  }
  return count;
}

template class FixedFir<int16_t>;
template class FixedFir<int32_t>;
template class FixedCascade<int16_t>;
template class FixedCascade<int32_t>;

}  // namespace moonlet::dsp
