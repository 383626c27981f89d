// dsp/fft.h - discrete Fourier transforms of any length, as plans that can be used again.
//
//   std::vector<float> memory(FftFloats(n));
//   FftPlan plan;
//   plan.Make(n, memory.data());
//   plan.Forward(x, n, spectrum);   // inside of a FlushDenormals
//
// Lengths whose prime factors are 2, 3 and 5 take passes of radix 4, 8, 2, 3 and 5, others the
// chirp transform (Bluestein 1970) over a power of two. Twiddle factors are computed in double and
// rounded once. Complex numbers lie interleaved. The bits are the same on every target.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dsp/fft_kernels.h"

namespace moonlet::dsp {

// The longest transform: its index arithmetic and twiddles are exact, and it ends soon.
inline constexpr size_t kMaxFft = size_t{1} << 20;

// e^(-2 pi i k / n), exact at multiples of an eighth of a turn but for the one rounding.
void UnitRoot(uint64_t k, uint64_t n, double* re, double* im);

// Complex transforms of one length. Plain data over the caller's memory.
class FftPlan {
 public:
  // How many floats of memory a plan takes: tables, and room to work in.
  static size_t Floats(size_t n);
  // Fills the tables. Requires 1 <= n <= kMaxFft and `memory` of Floats(n), which the plan keeps.
  void Make(size_t n, float* memory);

  size_t size() const { return n_; }
  const FftKernels& kernels() const { return *kernels_; }
  // y[k] = sum of x[j] e^(-2 pi i j k / n), n complex numbers; those of x after the first `count`
  // <= n are zero. y may be x.
  void Forward(const float* x, size_t count, float* y);
  // The other sign, times 1 / n.
  void Inverse(const float* x, size_t count, float* y);

  // The same on split numbers without a factor, in the plan's own buffers: write n numbers to
  // input(), and read the result where Run says. With re and im swapped it is the inverse.
  SplitComplex input() const { return work_[0]; }
  SplitComplex Run();
  // The same of `count` interleaved numbers and zeros.
  SplitComplex Run(const float* x, size_t count);

 private:
  static constexpr size_t kMaxPasses = 12;  // 3^12 takes the most

  void Write(const float* x, size_t count, SplitComplex to);
  void FindPasses(size_t length);
  float* FillTwiddles(float* memory);
  void FindFunctions();
  void FillChirp();
  // From pass number `next` on.
  SplitComplex RunPasses(size_t next, SplitComplex x, SplitComplex other) const;
  SplitComplex RunChirp();

  const FftKernels* kernels_;
  size_t n_;
  size_t length_;  // of the passes: n, or the power of two of a chirp transform
  size_t pass_count_;
  FftPass passes_[kMaxPasses];
  PassFunction<SplitComplex> functions_[kMaxPasses];
  PassFunction<const float*> first_function_;  // null when there is none
  SplitComplex work_[2];
  SplitComplex chirp_;   // e^(-pi i k k / n); null for lengths of small factors
  SplitComplex filter_;  // the transform of its conjugate, divided by length_
};

// Transforms of real signals of one length.
class RealFftPlan {
 public:
  static size_t Floats(size_t n);
  // As for FftPlan.
  void Make(size_t n, float* memory);

  size_t size() const { return n_; }
  size_t bins() const { return n_ / 2 + 1; }
  // The first bins() complex numbers of the transform of n real ones, those after the first
  // `count` <= n being zero. They may not overlap.
  void Forward(const float* x, size_t count, float* spectrum);
  // n real numbers from bins() complex ones; the rest of the spectrum is their conjugate, and
  // the imaginary parts of the first and, for even n, the last are not looked at.
  void Inverse(const float* spectrum, float* x);

 private:
  void InverseOdd(const float* spectrum, float* x);

  size_t n_;
  FftPlan half_;        // of n / 2 points; of n when n is odd
  SplitComplex roots_;  // e^(-2 pi i k / n) / 2
};

}  // namespace moonlet::dsp
