#include "dsp/fir_design.h"

#include <algorithm>
#include <cmath>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// The impulse response of an ideal low-pass filter, `distance` samples from its middle.
double Ideal(double cutoff, double distance) {
  if (distance == 0) return cutoff;
  return moonlet_sin(kPi * cutoff * distance) / (kPi * distance);
}

Status CheckCutoffs(const WindowedDesign& design, size_t taps) {
  if (taps == 0) return Status::Invalid("one or more taps expected");
  double last = 0;
  for (const double cutoff : design.cutoffs) {
    if (!(cutoff > 0 && cutoff < 1))
      return Status::Invalid(
          "cutoffs between 0 and half the sample rate expected, got %.9g of "
          "the half",
          cutoff);
    if (!(cutoff > last)) return Status::Invalid("the cutoffs do not ascend");
    last = cutoff;
  }
  const bool pass_end = (design.cutoffs.size() % 2 == 1) != design.pass_zero;
  if (pass_end && taps % 2 == 0)
    return Status::Invalid("an even number of taps cannot pass half the sample rate");
  return {};
}

// Where the filter shall be 1: at 0 or 1 if the first pass band touches it, else in its middle.
double ScaleFrequency(const WindowedDesign& design) {
  if (design.pass_zero) return 0;
  if (design.cutoffs.size() == 1) return 1;
  return (design.cutoffs[0] + design.cutoffs[1]) / 2;
}

}  // namespace

double KaiserBeta(double a) {
  if (a > 50) return 0.1102 * (a - 8.7);
  if (a > 21) return 0.5842 * moonlet_pow(a - 21, 0.4) + 0.07886 * (a - 21);
  return 0;
}

double KaiserAttenuation(int64_t taps, double width) {
  return 2.285 * static_cast<double>(taps - 1) * kPi * width + 7.95;
}

double KaiserTaps(double attenuation, double width) {
  return std::ceil((attenuation - 7.95) / 2.285 / (kPi * width) + 1);
}

Status DesignFirwin(const WindowedDesign& design, std::span<double> taps,
                    const StopToken& stop) noexcept {
  if (Status s = CheckCutoffs(design, taps.size()); !s.ok()) return s;
  if (Status s = FillWindow(design.window, false, taps, &stop); !s.ok()) return s;
  const double middle = (static_cast<double>(taps.size()) - 1) / 2;
  const double at = ScaleFrequency(design);
  double gain = 0;
  for (size_t i = 0; i < taps.size(); ++i) {
    if (stop.raised()) return Status::Stopped();
    const double distance = static_cast<double>(i) - middle;
    // What passes below each cutoff, alternately added and taken away; up to 1 it is all.
    double sign = design.pass_zero ? 1 : -1, ideal = 0;
    for (const double cutoff : design.cutoffs) {
      ideal += sign * Ideal(cutoff, distance);
      sign = -sign;
    }
    if (sign > 0) ideal += Ideal(1, distance);
    taps[i] *= ideal;
    gain += taps[i] * moonlet_cos(kPi * distance * at);
  }
  for (double& tap : taps)
    if (design.scale) tap /= gain;
  return {};
}

// Sampled ---------------------------------------------------------------------

namespace {

Status CheckPolygon(const SampledDesign& d, size_t taps) {
  const size_t n = d.frequencies.size();
  if (taps == 0) return Status::Invalid("one or more taps expected");
  if (n < 2 || n != d.gains.size())
    return Status::Invalid("as many gains as frequencies expected, two or more");
  if (d.frequencies[0] != 0 || d.frequencies[n - 1] != 1)
    return Status::Invalid("frequencies from 0 to half the sample rate expected");
  for (size_t i = 1; i < n; ++i) {
    if (!(d.frequencies[i] >= d.frequencies[i - 1]))
      return Status::Invalid("the frequencies descend");
    const bool end = i == 1 || i == n - 1;
    const bool jump = d.frequencies[i] == d.frequencies[i - 1];
    if (jump && (end || d.frequencies[i - 2] == d.frequencies[i]))
      return Status::Invalid("a frequency %s",
                             end ? "at the end is there twice" : "is there three times");
  }
  for (const double gain : d.gains)
    if (!std::isfinite(gain)) return Status::Invalid("finite gains expected");
  const double first = d.gains[0], last = d.gains[n - 1];
  const bool even = taps % 2 == 0;
  if (d.antisymmetric && first != 0) return Status::Invalid("antisymmetric taps are 0 at 0");
  if (last != 0 && even != d.antisymmetric)
    return Status::Invalid("an %s number of %s taps is 0 at half the sample rate",
                           even ? "even" : "odd", d.antisymmetric ? "antisymmetric" : "symmetric");
  if (d.points != 0 && static_cast<uint64_t>(d.points) <= taps)
    return Status::Invalid("more points than taps expected");
  return {};
}

// The polygon at points from 0 to 1, equally far apart.
void SamplePolygon(const SampledDesign& d, std::span<double> out) {
  const std::span<double> f = d.frequencies;
  for (size_t i = 1; i < f.size(); ++i) {
    if (f[i] != f[i - 1]) continue;
    f[i - 1] -= 0x1p-52;
    f[i] += 0x1p-52;
  }
  size_t segment = 0;
  for (size_t k = 0; k < out.size(); ++k) {
    const double x = static_cast<double>(k) / (static_cast<double>(out.size()) - 1);
    while (segment + 2 < f.size() && x > f[segment + 1]) ++segment;
    const double slope = (d.gains[segment + 1] - d.gains[segment]) / (f[segment + 1] - f[segment]);
    out[k] = slope * (x - f[segment]) + d.gains[segment];
  }
}

}  // namespace

int64_t SampledPoints(const SampledDesign& design, size_t taps) {
  if (design.points != 0) return design.points;
  int64_t power = 1;
  while (static_cast<uint64_t>(power) < taps) power *= 2;
  return power + 1;
}

Status DesignFirwin2(const SampledDesign& design, std::span<double> taps, std::span<double> desired,
                     const StopToken& stop) noexcept {
  if (Status s = CheckPolygon(design, taps.size()); !s.ok()) return s;
  if (Status s = FillWindow(design.window, false, taps, &stop); !s.ok()) return s;
  SamplePolygon(design, desired);
  const size_t last = desired.size() - 1;
  const double middle = (static_cast<double>(taps.size()) - 1) / 2;
  for (size_t i = 0; i < taps.size(); ++i) {
    if (stop.raised()) return Status::Stopped();
    const double angle = kPi * (static_cast<double>(i) - middle) / static_cast<double>(last);
    double sum = 0;
    for (size_t k = 0; k <= last; ++k) {
      const double turn = angle * static_cast<double>(k);
      const double wave = design.antisymmetric ? -moonlet_sin(turn) : moonlet_cos(turn);
      sum += (k == 0 || k == last ? 1 : 2) * desired[k] * wave;
    }
    taps[i] *= sum / (2 * static_cast<double>(last));
  }
  if (design.antisymmetric && taps.size() % 2 == 1) taps[taps.size() / 2] = 0;
  return {};
}

}  // namespace moonlet::dsp
