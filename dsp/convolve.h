// dsp/convolve.h - convolution of two signals, directly or through Fourier transforms.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/fft.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// Which part of a convolution is wanted: as scipy.signal.convolve has it.
enum class ConvolveMode { kFull, kSame, kValid };
struct ConvolvePart {
  size_t first;  // in the full convolution of n + m - 1
  size_t length;
};
// kSame is as long as the signal of n, kValid where the shorter lies within the longer.
ConvolvePart PartOf(ConvolveMode mode, size_t n, size_t m);

// y[i] = sum of a[j] b[first + i - j] for y.size() values within the full convolution: one chain
// of fused multiply-adds per value, j ascending over the shorter one, from +0. Runs inside of a
// FlushDenormals; y apart from both.
Status ConvolveDirect(std::span<const float> a, std::span<const float> b, size_t first,
                      std::span<float> y, const StopToken& stop);

// A length of at least n that the transforms like: even, with factors 2, 3 and 5 only.
size_t FftLengthFor(size_t n);
// The same through a plan of FftLengthFor(n + m - 1) points. `room` has 3 times plan.bins()
// complex numbers.
void ConvolveFft(std::span<const float> a, std::span<const float> b, size_t first,
                 std::span<float> y, RealFftPlan& plan, float* room);
inline size_t ConvolveRoom(const RealFftPlan& plan) { return 6 * plan.bins(); }

}  // namespace moonlet::dsp
