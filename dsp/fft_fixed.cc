#include "dsp/fft_fixed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dsp/fft.h"

namespace moonlet::dsp {
namespace {

constexpr int kRootFraction = 30;

int32_t ToFraction(double x) {
  return static_cast<int32_t>(std::floor(std::ldexp(x, kRootFraction) + 0.5));
}

// x / 2^bits to nearest, halves up.
constexpr int64_t RoundShift(int64_t x, int bits) {
  return (x + (int64_t{1} << (bits - 1))) >> bits;
}

template <typename T>
T Saturate(int64_t x) {
  return static_cast<T>(
      std::clamp<int64_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

}  // namespace

void FixedRfft::Make(size_t n, int32_t* memory) {
  n_ = n;
  roots_ = reinterpret_cast<Pair*>(memory);
  work_[0] = roots_ + n / 2;
  work_[1] = work_[0] + n / 2;
  for (size_t k = 0; k < n / 2; ++k) {
    double re, im;
    UnitRoot(k, n, &re, &im);
    roots_[k] = {ToFraction(re), ToFraction(im)};
  }
}

// Stockham passes of radix 2 over n / 2 complex numbers. The root of a stage of length 2 m is
// that of n to the power p n / 2 m.
const FixedRfft::Pair* FixedRfft::RunStages() {
  const Pair* x = work_[0];
  Pair* y = work_[1];
  for (size_t m = n_ / 4, stride = 1; m > 0; m /= 2, stride *= 2) {
    for (size_t p = 0; p < m; ++p) {
      const Pair w = roots_[p * (n_ / (2 * m))];
      for (size_t q = 0; q < stride; ++q) {
        const Pair a = x[q + stride * p], b = x[q + stride * (p + m)];
        const int64_t re = int64_t{a.re} - b.re, im = int64_t{a.im} - b.im;
        y[q + stride * 2 * p] = {static_cast<int32_t>(RoundShift(int64_t{a.re} + b.re, 1)),
                                 static_cast<int32_t>(RoundShift(int64_t{a.im} + b.im, 1))};
        y[q + stride * (2 * p + 1)] = {
            static_cast<int32_t>(RoundShift(re * w.re - im * w.im, kRootFraction + 1)),
            static_cast<int32_t>(RoundShift(re * w.im + im * w.re, kRootFraction + 1))};
      }
    }
    x = std::exchange(y, const_cast<Pair*>(x));
  }
  return x;
}

// Four times the spectrum of real values is (a + conj b) - i w (a - conj b) for the opposite bins
// a and b of the transform of even and odd ones.
template <typename Store>
void FixedRfft::Unpack(const Pair* z, Store store) const {
  const size_t h = n_ / 2;
  for (size_t k = 0; k <= h; ++k) {
    const Pair a = z[k % h], b = z[(h - k) % h];
    const Pair w = k < h ? roots_[k] : Pair{-(1 << kRootFraction), 0};
    const int64_t re = int64_t{a.im} + b.im, im = int64_t{b.re} - a.re;
    const int64_t odd_re = RoundShift(re * w.re - im * w.im, kRootFraction);
    const int64_t odd_im = RoundShift(re * w.im + im * w.re, kRootFraction);
    store(k, RoundShift(int64_t{a.re} + b.re + odd_re, 2),
          RoundShift(int64_t{a.im} - b.im + odd_im, 2));
  }
}

void FixedRfft::Forward(const int16_t* x, int16_t* spectrum) {
  for (size_t i = 0; i < n_ / 2; ++i)
    work_[0][i] = {x[2 * i] * (1 << 15), x[2 * i + 1] * (1 << 15)};
  Unpack(RunStages(), [spectrum](size_t k, int64_t re, int64_t im) {
    spectrum[2 * k] = Saturate<int16_t>(RoundShift(re, 15));
    spectrum[2 * k + 1] = Saturate<int16_t>(RoundShift(im, 15));
  });
}

void FixedRfft::Forward(const int32_t* x, int32_t* spectrum) {
  for (size_t i = 0; i < n_ / 2; ++i) {
    work_[0][i] = {static_cast<int32_t>(RoundShift(x[2 * i], 1)),
                   static_cast<int32_t>(RoundShift(x[2 * i + 1], 1))};
  }
  Unpack(RunStages(), [spectrum](size_t k, int64_t re, int64_t im) {
    spectrum[2 * k] = Saturate<int32_t>(2 * re);
    spectrum[2 * k + 1] = Saturate<int32_t>(2 * im);
  });
}

}  // namespace moonlet::dsp
