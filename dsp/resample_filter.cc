#include "dsp/resample_filter.h"

#include <algorithm>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

constexpr size_t kCrossings = 10;

double Sinc(double x) { return x == 0 ? 1 : moonlet_sin(kPi * x) / (kPi * x); }

}  // namespace

Status LowPass(const WindowSpec& window, double cutoff, std::span<double> taps) noexcept {
  if (Status s = FillWindow(window, false, taps); !s.ok()) return s;
  const double centre = static_cast<double>(taps.size() - 1) / 2;
  double sum = 0;
  for (size_t i = 0; i < taps.size(); ++i) {
    taps[i] *= cutoff * Sinc(cutoff * (static_cast<double>(i) - centre));
    sum += taps[i];
  }
  for (double& tap : taps) tap /= sum;
  return Status();
}

size_t ResampleLength(uint32_t up, uint32_t down) {
  return 2 * kCrossings * std::max(up, down) + 1;
}

Status ResampleTaps(uint32_t up, uint32_t down, std::span<double> work,
                    std::span<float> taps) noexcept {
  WindowSpec window;
  window.kind = WindowKind::kKaiser;
  window.parameters[0] = 5;
  if (Status s = LowPass(window, 1.0 / std::max(up, down), work); !s.ok()) return s;
  for (size_t i = 0; i < taps.size(); ++i) taps[i] = static_cast<float>(work[i] * up);
  return Status();
}

}  // namespace moonlet::dsp
