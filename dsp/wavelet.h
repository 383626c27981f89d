// dsp/wavelet.h - discrete wavelet transforms with Daubechies' orthogonal filters.
#pragma once
#include <cstddef>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// Daubechies (1988) filters of 1 to 10 vanishing moments, 2 to 20 taps; the first is Haar's.
inline constexpr int kMaxMoments = 10;
// The scaling filter of 2 * moments taps that sum to sqrt(2). Requires 1 <= moments <= 10.
std::span<const float> ScalingFilter(int moments);

// What a signal is beyond its ends: its mirror image with the end sample twice, zeros, or itself.
enum class Extension { kSymmetric, kZero, kPeriodic };

// One level: (n + taps - 1) / 2 coefficients each, approx[k] = sum of low[j] x[2 k + 1 - j] over
// the reversed scaling filter, and the same of its alternating one, as pywt.dwt has them. Every
// product and every sum is rounded, j ascending.
size_t WaveletLength(size_t n, int moments);
Status Analyse(std::span<const float> x, int moments, Extension extension, float* approx,
               float* detail, const StopToken& stop);
// Back: 2 m - taps + 2 samples from m coefficients each; requires that to be positive.
Status Synthesise(std::span<const float> approx, std::span<const float> detail, int moments,
                  std::span<float> x, const StopToken& stop);

}  // namespace moonlet::dsp
