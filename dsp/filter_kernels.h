// dsp/filter_kernels.h - the inner loops of float32 filters of one instruction set as a table,
// and the one place that chooses which table runs.
//
// Every table gives the bits of the scalar specification (filter_kernels_scalar.cc, sos_scalar.h)
// inside a FlushDenormals, which the caller holds. docs/floats.md has the rules: one chain of fma
// per output in ascending tap from +0, and states of recursions below 2^-100 set to 0.
#pragma once
#include <cstddef>

namespace moonlet::dsp {

// A second-order section in transposed form II, a0 being 1:
//   y = fma(b0, x, s1);  s1 = fma(-a1, y, fma(b1, x, s2));  s2 = fma(-a2, y, b2 * x)
struct RunningSection {
  float b0, b1, b2, a1, a2;
  float s1, s2;  // the state
};

// One output of a polyphase filter: taps h[0], h[1], ... times x[0], x[-1], ...
struct TapRun {
  const float* taps;
  const float* newest;
  size_t count;
};

struct FilterKernels {
  // y[i] = the chain of taps[k] * x[i - k]. Reads x[1 - count] to x[n - 1]; count >= 1.
  void (*fir)(const float* taps, size_t count, const float* x, float* y, size_t n);
  // y[i] = chains[i]; counts differ by at most 1.
  void (*chains)(const TapRun* chains, float* y, size_t n);
  // Takes n items, one every `stride` floats in x and in y, through the sections one after the
  // other. y may be x.
  void (*sos)(RunningSection* sections, size_t count, const float* x, float* y, size_t stride,
              size_t n);
  // y[i] = fma(gain, line[i], x[i]); line[i] becomes x[i], or y[i] below 2^-100 set to 0.
  void (*comb)(float* line, float gain, bool feedback, const float* x, float* y, size_t n);
  // w[i] = fma(gain, x[i], w[i]), below 2^-100 set to 0.
  void (*adapt)(float* w, float gain, const float* x, size_t n);
};

const FilterKernels& Filters();

// The tables there are, for tests.
namespace scalar {
extern const FilterKernels kFilters;
}
#if defined(__x86_64__)
namespace scalar_fma {  // runs on CPUs with FMA3 only
extern const FilterKernels kFilters;
}
namespace scalar_avx512 {  // with AVX-512 only
extern const FilterKernels kFilters;
}
#endif

}  // namespace moonlet::dsp
