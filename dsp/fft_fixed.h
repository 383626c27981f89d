// dsp/fft_fixed.h - Fourier transforms of 16-bit and 32-bit fixed-point signals, in integers.
//
// Divided by n: every stage halves, so nothing overflows. Inside, numbers have 30 fractional bits
// and so have the twiddle factors; every product and every half is rounded to nearest, halves up.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet::dsp {

inline constexpr size_t kMaxFixedFft = size_t{1} << 20;

class FixedRfft {
 public:
  // Numbers of memory for a power of two 2 <= n <= kMaxFixedFft.
  static size_t Words(size_t n) { return 3 * n; }
  void Make(size_t n, int32_t* memory);

  size_t size() const { return n_; }
  // n / 2 + 1 complex numbers of the spectrum divided by n. Values of Q15 become Q30 by 15 bits,
  // those of Q31 by losing one, which the saturated result gets back.
  void Forward(const int16_t* x, int16_t* spectrum);
  void Forward(const int32_t* x, int32_t* spectrum);

 private:
  struct Pair {
    int32_t re, im;
  };
  const Pair* RunStages();
  template <typename Store>
  void Unpack(const Pair* z, Store store) const;

  size_t n_;
  Pair* roots_;    // e^(-2 pi i k / n), k < n / 2
  Pair* work_[2];  // n / 2 each
};

}  // namespace moonlet::dsp
