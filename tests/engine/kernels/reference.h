// tests/engine/kernels/reference.h - random configurations, and the integer arithmetic
// of the reference kernels written a second time: as rational numbers in 128 bits.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/float_bits.h"
#include "engine/kernels/unaligned.h"
#include "engine/kernels/window.h"

namespace moonlet::reference {

using Wide = __int128;

// Random cases per test: 200, or many with MOONLET_SOAK=1.
inline int Rounds() { return std::getenv("MOONLET_SOAK") != nullptr ? 5000 : 200; }

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  // Uniform in [low, high].
  int32_t Int(int64_t low, int64_t high) {
    const auto span = static_cast<uint64_t>(high - low) + 1;
    return static_cast<int32_t>(low + static_cast<int64_t>(engine_() % span));
  }
  bool Chance(int percent) { return Int(1, 100) <= percent; }
  float Real(float low, float high) {
    return low + (high - low) * static_cast<float>(Int(0, 1 << 24)) / (1 << 24);
  }
  // Bytes, sometimes of the extremes alone.
  std::vector<int8_t> S8(int64_t n) {
    std::vector<int8_t> v(static_cast<size_t>(n));
    const bool extreme = Chance(10);
    for (int8_t& x : v)
      x = static_cast<int8_t>(extreme ? (Chance(50) ? -128 : 127) : Int(-128, 127));
    return v;
  }
  std::vector<int16_t> S16(int64_t n) {
    std::vector<int16_t> v(static_cast<size_t>(n));
    const bool extreme = Chance(10);
    for (int16_t& x : v)
      x = static_cast<int16_t>(extreme ? (Chance(50) ? -32768 : 32767) : Int(-32768, 32767));
    return v;
  }
  std::vector<float> F32(int64_t n) {
    std::vector<float> v(static_cast<size_t>(n));
    for (float& x : v) x = Real(-2, 2);
    return v;
  }
  // With infinities, NaN, zeros of both signs, and numbers that are denormal or whose products are.
  std::vector<float> AnyF32(int64_t n) {
    static constexpr float kOdd[] = {
        __builtin_inff(), -__builtin_inff(), __builtin_nanf(""), 0.0f, -0.0f,
        0x1p-130f,        -0x1.8p-64f};
    std::vector<float> v = F32(n);
    for (float& x : v)
      if (Chance(1)) x = kOdd[Int(0, 6)];
    return v;
  }
  int16_t Zero() {
    return static_cast<int16_t>(Chance(20) ? (Chance(50) ? -128 : 127) : Int(-128, 127));
  }
  // Any mantissa, with shifts where results are of use and at both ends.
  Multiplier Scale() {
    const int32_t value = Chance(5) ? 0 : Chance(5) ? kInt32Max : Int(1 << 30, kInt32Max);
    const int shift = Chance(10) ? Int(-31, 20) : Int(-14, -4);
    return {value, static_cast<int8_t>(shift)};
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

// Where the bits of two arrays differ first, all NaN being one; their length if nowhere.
inline size_t FirstDifference(const std::vector<float>& a, const std::vector<float>& b) {
  size_t i = 0;
  while (i < a.size() && BitsOf(WithOneNan(a[i])) == BitsOf(WithOneNan(b[i]))) ++i;
  return i;
}

inline Wide FloorDivide(Wide a, Wide b) {  // b > 0
  const Wide q = a / b;
  return a % b < 0 ? q - 1 : q;
}
// a / b to nearest, ties away from zero; b > 0.
inline Wide DivideAway(Wide a, Wide b) {
  const Wide magnitude = ((a < 0 ? -a : a) * 2 + b) / (2 * b);
  return a < 0 ? -magnitude : magnitude;
}
// The int32 congruent to x modulo 2^32.
inline int32_t Wrap(Wide x) {
  const Wide modulus = Wide{1} << 32;
  const Wide r = x - FloorDivide(x, modulus) * modulus;
  return static_cast<int32_t>(r >= modulus / 2 ? r - modulus : r);
}
// H of the arithmetic sheet: (2ab / 2^32 rounded, ties up), saturated.
inline int32_t High(int32_t a, int32_t b) {
  const Wide h = FloorDivide(Wide{a} * b * 2 + (Wide{1} << 31), Wide{1} << 32);
  return static_cast<int32_t>(h > kInt32Max ? kInt32Max : h);
}
inline int32_t Scaled(int32_t x, Multiplier m) {
  const int left = m.shift > 0 ? m.shift : 0;
  const int32_t high = High(Wrap(Wide{x} * (Wide{1} << left)), m.value);
  return static_cast<int32_t>(DivideAway(high, Wide{1} << (left - m.shift)));
}
// M64 of the arithmetic sheet: a factor of 16 bits, one rounding, ties up.
inline int32_t ScaledWide(int64_t x, Multiplier m) {
  const Wide factor = m.value >= 0x7FFF0000 ? 0x7FFF : FloorDivide(Wide{m.value} + 32768, 65536);
  if (m.shift >= 15) return Wrap(x * factor * (Wide{1} << (m.shift - 15 > 40 ? 40 : m.shift - 15)));
  const Wide unit = Wide{1} << (15 - m.shift);
  return Wrap(FloorDivide(2 * x * factor + unit, 2 * unit));
}
inline int8_t Finish(Wide sum, Multiplier m, int32_t zero, int32_t low, int32_t high) {
  const int32_t value = Wrap(Wide{Scaled(Wrap(sum), m)} + zero);
  return static_cast<int8_t>(value < low ? low : value > high ? high : value);
}

// What int8 operators do with their sums, at random: a bias or none, one factor or one for
// each channel, zero point and clamp.
class RandomFinish {
 public:
  RandomFinish(Random& random, int32_t channels)
      : output{random.Zero(), -128, 127},
        with_bias_(random.Chance(80)),
        one_scale_(random.Chance(30)),
        bias_bytes_(1 + 4 * static_cast<size_t>(channels)) {
    if (random.Chance(30)) output.min = static_cast<int16_t>(random.Int(-128, 0));
    if (random.Chance(30)) output.max = static_cast<int16_t>(random.Int(0, 127));
    for (int32_t c = 0; c < channels; ++c) {
      scales_.push_back(random.Scale());
      values_.push_back(scales_.back().value);
      shifts_.push_back(scales_.back().shift);
      bias_.push_back(random.Chance(10) ? random.Int(kInt32Min, kInt32Max)
                                        : random.Int(-9999, 9999));
    }
    std::memcpy(bias_bytes_.data() + 1, bias_.data(), 4 * bias_.size());
  }
  // At an odd address, as a hostile file may have it.
  Unaligned<int32_t> bias() const {
    return with_bias_ ? Unaligned<int32_t>(bias_bytes_.data() + 1) : Unaligned<int32_t>();
  }
  ChannelScales scales() const {
    return one_scale_ ? ChannelScales(scales_[0]) : ChannelScales(values_.data(), shifts_.data());
  }
  int8_t operator()(Wide sum, int32_t channel) const {
    const auto c = static_cast<size_t>(channel);
    if (with_bias_) sum += bias_[c];
    return Finish(sum, scales_[one_scale_ ? 0 : c], output.zero, output.min, output.max);
  }

  OutputS8 output;

 private:
  bool with_bias_;
  bool one_scale_;
  std::vector<Multiplier> scales_;
  std::vector<int32_t> values_, bias_;
  std::vector<int8_t> shifts_;
  std::vector<uint8_t> bias_bytes_;
};

// A random axis whose filter fits.
inline Axis RandomAxis(Random& random, bool dilate) {
  for (;;) {
    Axis axis;
    const Padding padding = random.Chance(50) ? Padding::kSame : Padding::kValid;
    if (MakeAxis(padding, random.Int(1, 9), random.Int(1, 4), random.Int(1, 3),
                 dilate && random.Chance(30) ? random.Int(2, 3) : 1, &axis)) {
      return axis;
    }
  }
}

// An NHWC image with a border of `fill` wide enough for every tap.
template <typename T>
class Padded {
 public:
  Padded(const Window& w, int32_t channels, const std::vector<T>& image, T fill)
      : channels_(channels),
        height_(w.y.input + 2 * kBorder),
        width_(w.x.input + 2 * kBorder),
        data_(static_cast<size_t>(w.batches * height_ * width_ * channels), fill) {
    size_t from = 0;
    for (int32_t n = 0; n < w.batches; ++n)
      for (int32_t y = 0; y < w.y.input; ++y)
        for (int32_t x = 0; x < w.x.input; ++x)
          for (int32_t c = 0; c < channels; ++c) data_[Offset(n, y, x, c)] = image[from++];
  }
  T At(int32_t n, int32_t y, int32_t x, int32_t c) const { return data_[Offset(n, y, x, c)]; }

 private:
  static constexpr int32_t kBorder = 16;
  size_t Offset(int32_t n, int32_t y, int32_t x, int32_t c) const {
    return static_cast<size_t>(((n * height_ + y + kBorder) * width_ + x + kBorder) * channels_ +
                               c);
  }
  int32_t channels_, height_, width_;
  std::vector<T> data_;
};

}  // namespace moonlet::reference
