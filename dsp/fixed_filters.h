// dsp/fixed_filters.h - filters on integers that stand for fractions: q15 in int16, q31 in int32.
//
// A sum of products is exact, whatever its size, and rounded once: half up, then saturated.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

// The fraction `value` in steps of 2^-`bits`, half up; false when T cannot hold it. NaN is none.
template <typename T>
bool ToFixed(double value, int bits, T* fixed);

// The fractions in `x` in steps of 2^-15 or 2^-31, half up and saturated; NaN becomes 0. `fixed`
// has room for as many.
template <typename T>
void ToFixedPoint(std::span<const float> x, T* fixed);

// An exact sum of products of two int32, in two parts.
class WideSum {
 public:
  void Add(int64_t product) {
    high_ += product >> 32;
    low_ += static_cast<uint32_t>(product);
  }
  // Divided by 2^shift, 1 <= shift <= 32, half up.
  int64_t Rounded(int shift) const {
    const int64_t high = high_ + static_cast<int64_t>(low_ >> 32);
    const uint64_t low = (low_ & 0xFFFFFFFF) + (uint64_t{1} << (shift - 1));
    return high * (int64_t{1} << (32 - shift)) + static_cast<int64_t>(low >> shift);
  }

 private:
  int64_t high_ = 0;
  uint64_t low_ = 0;
};

// FIR in q15 (T is int16_t) or q31 (int32_t): taps and items have 15 or 31 bits of fraction.
template <typename T>
class FixedFir final : public Block {
 public:
  FixedFir(Arena& arena, std::span<const T> taps, size_t width);

  Port input() const override { return {DTypeOf<T>(), width_}; }
  Port output() const override { return {DTypeOf<T>(), width_}; }
  double latency() const override { return static_cast<double>(length_ - 1) / 2; }
  size_t piece() const override { return PieceOf(length_ * width_); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  T Filter(const T* oldest) const;

  size_t length_;
  size_t width_;
  size_t next_ = 0;  // place of the next item in the line
  T* taps_;
  T* line_;  // channel by channel, each twice: so the last `length_` items lie in a row
};

// A section in direct form I: coefficients with 14 or 30 bits of fraction, so up to 2.
template <typename T>
struct FixedSection {
  T b[3];
  T a[2];  // a1, a2
};

// Second-order sections one after the other, in direct form I; each rounds once per item.
template <typename T>
class FixedCascade final : public Block {
 public:
  FixedCascade(Arena& arena, std::span<const FixedSection<T>> sections, size_t width);

  Port input() const override { return {DTypeOf<T>(), width_}; }
  Port output() const override { return {DTypeOf<T>(), width_}; }
  size_t piece() const override { return PieceOf(5 * count_ * width_); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  struct History {
    T x1, x2, y1, y2;
  };
  static T Step(const FixedSection<T>& section, History& h, T x);

  size_t count_;
  size_t width_;
  FixedSection<T>* sections_;
  History* histories_;  // `count_` for each channel
};

extern template class FixedFir<int16_t>;
extern template class FixedFir<int32_t>;
extern template class FixedCascade<int16_t>;
extern template class FixedCascade<int32_t>;

}  // namespace moonlet::dsp
