// dsp/fft_kernels.h - the inner loops of the Fourier transforms of one instruction set as a
// table, and the one place that chooses which table runs.
//
// A transform is a row of Stockham passes (Stockham 1966; Van Loan, Computational Frameworks for
// the FFT, 1.7) between two buffers, real and imaginary parts apart. Every operation of a
// butterfly is spelled out in dsp/fft_passes.h, and no element depends on how many are taken at
// once: all tables give the same bits. They run inside of a FlushDenormals that the caller holds.
#pragma once
#include <cstddef>

namespace moonlet::dsp {

struct SplitComplex {
  float* re;
  float* im;
};

// Transforms of length radix * m, `stride` of them interleaved, into radix times as many of
// length m: element q + stride * (p + m * k) is input k of butterfly (p, q), q + stride *
// (radix * p + k) its output k, times w^(p * k), w = e^(-2 pi i / (radix * m)).
struct FftPass {
  size_t radix;  // 2, 3, 4, 5 or 8
  size_t m;
  size_t stride;
  // For k = 1 ... radix - 1 the real parts for all p, then the imaginary parts. Null when m is 1:
  // that pass multiplies by nothing.
  const float* twiddles;
};

template <class Source>
using PassFunction = void (*)(const FftPass& pass, Source x, SplitComplex y);

struct FftKernels {
  // What runs a pass.
  PassFunction<SplitComplex> (*find_pass)(const FftPass& pass);
  // What runs it over interleaved numbers, as the first of a transform; null when there is none, as
  // for radices other than 4.
  PassFunction<const float*> (*find_first_pass)(const FftPass& pass);
  // Interleaved complex numbers to split ones, and back with a factor.
  void (*split)(const float* z, size_t n, SplitComplex y);
  void (*join)(SplitComplex x, size_t n, float scale, float* z);
  // The spectrum of 2 h real values, h + 1 complex numbers, from the transform of the h numbers
  // that have the even ones as real and the odd ones as imaginary parts; and back. `roots` has
  // e^(-2 pi i k / 2 h) / 2 for k < h / 2 + 1.
  void (*unpack_real)(SplitComplex x, SplitComplex roots, size_t h, float* spectrum);
  void (*pack_real)(const float* spectrum, SplitComplex roots, size_t h, SplitComplex y);
  // y[i] = x[i] * h[i], complex.
  void (*multiply)(SplitComplex x, SplitComplex h, size_t n, SplitComplex y);
  // y[i] = fma(a, x[i], y[i])
  void (*add_scaled)(float a, const float* x, size_t n, float* y);
};

// The table for this machine.
const FftKernels& BestFftKernels();

// The tables there are, for tests and benches.
namespace scalar {
extern const FftKernels kFft;
}
#if defined(__x86_64__)
namespace scalar_fma {
extern const FftKernels kFft;
}
namespace avx2 {
extern const FftKernels kFft;
}
namespace avx512 {
extern const FftKernels kFft;
}
#elif defined(__ARM_FEATURE_MVE)
namespace mve {
extern const FftKernels kFft;
}
#endif

}  // namespace moonlet::dsp
