#include "dsp/convolve.h"

#include <algorithm>

namespace moonlet::dsp {

ConvolvePart PartOf(ConvolveMode mode, size_t n, size_t m) {
  if (mode == ConvolveMode::kFull) return {0, n + m - 1};
  if (mode == ConvolveMode::kSame) return {(m - 1) / 2, n};
  return {std::min(n, m) - 1, std::max(n, m) - std::min(n, m) + 1};
}

Status ConvolveDirect(std::span<const float> a, std::span<const float> b, size_t first,
                      std::span<float> y, const StopToken& stop) {
  if (a.size() > b.size()) std::swap(a, b);
  std::fill(y.begin(), y.end(), 0.0F);
  const FftKernels& kernels = BestFftKernels();
  const size_t end = first + y.size();
  for (size_t j = 0; j < a.size(); ++j) {
    if (stop.raised()) return Status::Stopped();
    const size_t from = std::max(first, j), to = std::min(end, j + b.size());
    if (from < to) kernels.add_scaled(a[j], &b[from - j], to - from, &y[from - first]);
  }
  return {};
}

size_t FftLengthFor(size_t n) {
  for (size_t length = n + n % 2;; length += 2) {
    size_t left = length;
    for (const size_t factor : {size_t{2}, size_t{3}, size_t{5}})
      while (left > 0 && left % factor == 0) left /= factor;
    if (left == 1) return length;
  }
}

void ConvolveFft(std::span<const float> a, std::span<const float> b, size_t first,
                 std::span<float> y, RealFftPlan& plan, float* room) {
  float* const spectrum = room;
  float* const other = spectrum + 2 * plan.bins();
  float* const line = other + 2 * plan.bins();
  plan.Forward(a.data(), a.size(), spectrum);
  plan.Forward(b.data(), b.size(), other);
  for (size_t k = 0; k < 2 * plan.bins(); k += 2) {
    const float re = spectrum[k], im = spectrum[k + 1];
    spectrum[k] = re * other[k] - im * other[k + 1];
    spectrum[k + 1] = re * other[k + 1] + im * other[k];
  }
  plan.Inverse(spectrum, line);
  std::copy_n(line + first, y.size(), y.data());
}

}  // namespace moonlet::dsp
