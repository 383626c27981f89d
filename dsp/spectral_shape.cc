#include "dsp/spectral_shape.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::dsp {

double SpectralCentroid(const Row& spectrum, double spacing) {
  double frequency = 0;
  double weighted = 0;
  double sum = 0;
  ForEach(spectrum, [&](double v) {
    weighted += frequency * v;
    sum += v;
    frequency += 1;
  });
  return weighted / sum * spacing;
}

double SpectralBandwidth(const Row& spectrum, double spacing) {
  const double centre = SpectralCentroid(spectrum, 1);
  double bin = 0;
  double weighted = 0;
  double sum = 0;
  ForEach(spectrum, [&](double v) {
    weighted += (bin - centre) * (bin - centre) * v;
    sum += v;
    bin += 1;
  });
  return std::sqrt(weighted / sum) * spacing;
}

double SpectralRolloff(const Row& spectrum, double spacing, double part) {
  double sum = 0;
  ForEach(spectrum, [&](double v) { sum += v; });
  const double enough = part * sum;
  double below = 0;
  double bins = 0;
  sum = 0;
  ForEach(spectrum, [&](double v) {
    sum += v;
    if (sum < enough) below = bins + 1;
    bins += 1;
  });
  if (sum != sum) return sum;
  return std::min(below, bins - 1) * spacing;
}

double SpectralFlatness(const Row& power) {
  constexpr double kLeast = 1e-10;
  double sum = 0;
  double logs = 0;
  ForEach(power, [&](double v) {
    const double p = v < kLeast ? kLeast : v;
    sum += p;
    logs += moonlet_log(p);
  });
  const auto n = static_cast<double>(power.length);
  return moonlet_exp(logs / n) / (sum / n);
}

}  // namespace moonlet::dsp
