// The specification of the float32 filters. On x86-64 it is compiled once more with -mfma
// (engine/kernels/scalar.h), where the cascade has a variant of its own, sos_wavefront.h, and
// once for AVX-512; for Helium the FIR has one, fir_mve.h.
#include "dsp/filter_kernels.h"
#include "dsp/sos_scalar.h"
#include "engine/kernels/scalar.h"
#if defined(__FMA__)
#include "dsp/sos_wavefront.h"
#elif defined(__ARM_FEATURE_MVE)
#include "dsp/fir_mve.h"
#endif

namespace moonlet::dsp::MOONLET_SCALAR {
namespace {

using moonlet::MOONLET_SCALAR::Fma;

// `kWidth` neighbouring outputs at a time, which changes no chain: their sums stay in registers.
template <size_t kWidth>
inline void FirOutputs(const float* taps, size_t count, const float* x, float* y) {
  float sum[kWidth];
  for (size_t j = 0; j < kWidth; ++j) sum[j] = 0;
  for (size_t k = 0; k < count; ++k)
    for (size_t j = 0; j < kWidth; ++j) sum[j] = Fma(taps[k], (x - k)[j], sum[j]);
  for (size_t j = 0; j < kWidth; ++j) y[j] = sum[j];
}
#if defined(__ARM_FEATURE_MVE)
template <>
inline void FirOutputs<16>(const float* taps, size_t count, const float* x, float* y) {
  FirSixteen(taps, count, x, y);
}
#endif

// The last outputs are computed with neighbours that were there already, to the same bits.
template <size_t kWidth>
void FirRange(const float* taps, size_t count, const float* x, float* y, size_t n) {
  if (n < kWidth) {
    if constexpr (kWidth > 1) FirRange<kWidth / 2>(taps, count, x, y, n);
    return;
  }
  for (size_t next = 0; next < n; next += kWidth) {
    const size_t i = next + kWidth <= n ? next : n - kWidth;
    FirOutputs<kWidth>(taps, count, x + i, y + i);
  }
}

void Fir(const float* taps, size_t count, const float* x, float* y, size_t n) {
#if defined(__AVX512F__)
  constexpr size_t kWidest = 128;
#elif defined(__FMA__)
  constexpr size_t kWidest = 64;
#else
  constexpr size_t kWidest = 16;
#endif
  FirRange<kWidest>(taps, count, x, y, n);
}

// Four chains at a time hide the latency of each.
void Four(const TapRun* c, float* y) {
  size_t common = c[0].count;
  for (int j = 1; j < 4; ++j) common = c[j].count < common ? c[j].count : common;
  float sum[4] = {};
  for (size_t k = 0; k < common; ++k)
    for (int j = 0; j < 4; ++j) sum[j] = Fma(c[j].taps[k], *(c[j].newest - k), sum[j]);
  for (int j = 0; j < 4; ++j) {
    if (c[j].count > common) sum[j] = Fma(c[j].taps[common], *(c[j].newest - common), sum[j]);
    y[j] = sum[j];
  }
}

void Chains(const TapRun* chains, float* y, size_t n) {
  size_t i = 0;
  for (; n - i >= 4; i += 4) Four(chains + i, y + i);
  for (; i < n; ++i) {
    const TapRun& c = chains[i];
    float sum = 0;
    for (size_t k = 0; k < c.count; ++k) sum = Fma(c.taps[k], *(c.newest - k), sum);
    y[i] = sum;
  }
}

void Comb(float* line, float gain, bool feedback, const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    y[i] = Fma(gain, line[i], x[i]);
    line[i] = feedback ? Settle(y[i]) : x[i];
  }
}

void Adapt(float* w, float gain, const float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) w[i] = Settle(Fma(gain, x[i], w[i]));
}

}  // namespace

constinit const FilterKernels kFilters = {
    .fir = Fir,
    .chains = Chains,
#if defined(__FMA__)
    .sos = SosWavefront,
#else
    .sos = Sos,
#endif
    .comb = Comb,
    .adapt = Adapt,
};

}  // namespace moonlet::dsp::MOONLET_SCALAR
