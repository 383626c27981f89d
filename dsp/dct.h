// dsp/dct.h - discrete cosine transforms of types II, III and IV, scaled as scipy.fft.dct has it.
#pragma once
#include <cstddef>

#include "dsp/fft.h"

namespace moonlet::dsp {

// Types II and III go through the real Fourier transform of the same length (Makhoul 1980), type
// IV through a complex one of half the length, of twice the length when it is odd.
class DctPlan {
 public:
  enum class Type { kII = 2, kIII, kIV };
  // Requires 1 <= n <= kMaxFft / 2.
  static size_t Floats(size_t n, Type type);
  // The transform times `scale`; with `ortho`, the orthonormal one instead. `memory` has
  // Floats(n, type), which the plan keeps.
  void Make(size_t n, Type type, double scale, bool ortho, float* memory);
  // n numbers each; y may be x.
  void Run(const float* x, float* y);

 private:
  void MakeRoots(double scale, bool ortho);
  void MakeRoots4(double factor);
  void RunII(const float* x, float* y);
  void RunIII(const float* x, float* y);
  void RunIV(const float* x, float* y);
  void RunOddIV(const float* x, float* y);

  Type type_;
  size_t n_;
  RealFftPlan real_;     // types II and III
  FftPlan complex_;      // type IV
  SplitComplex roots_;   // what turns samples or bins, with the scale in it
  SplitComplex before_;  // type IV: the same before the transform, without scale
  float* line_;          // n reordered samples
  float* spectrum_;      // n / 2 + 1 bins
};

}  // namespace moonlet::dsp
