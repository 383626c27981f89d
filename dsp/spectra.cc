#include "dsp/spectra.h"

#include <algorithm>

namespace moonlet::dsp {
namespace {

double Median(double* values, size_t n) {
  std::sort(values, values + n);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double MedianBias(size_t n) {
  double bias = 1;
  for (size_t i = 2; i + 1 <= n; i += 2)
    bias += 1 / static_cast<double>(i + 1) - 1 / static_cast<double>(i);
  return bias;
}

}  // namespace

void RemoveTrend(Detrend kind, std::span<float> x) {
  if (kind == Detrend::kNone || x.empty()) return;
  const auto n = static_cast<double>(x.size());
  const double middle = (n - 1) / 2;
  double sum = 0, moment = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]);
    moment += (static_cast<double>(i) - middle) * static_cast<double>(x[i]);
  }
  const double mean = sum / n;
  const bool sloped = kind == Detrend::kLinear && x.size() > 1;
  const double slope = sloped ? moment / (n * (n * n - 1) / 12) : 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double line = mean + slope * (static_cast<double>(i) - middle);
    x[i] = static_cast<float>(static_cast<double>(x[i]) - line);
  }
}

void Segments::Spectrum(size_t segment, float* bins) const {
  const std::ptrdiff_t begin = first + static_cast<std::ptrdiff_t>(segment * hop);
  for (size_t i = 0; i < length; ++i) {
    const std::ptrdiff_t at = begin + static_cast<std::ptrdiff_t>(i);
    const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(x.size());
    frame[i] = inside ? x[static_cast<size_t>(at)] : 0;
  }
  RemoveTrend(detrend, {frame, length});
  for (size_t i = 0; i < length; ++i) frame[i] = frame[i] * window[i];
  plan->Forward(frame, length, bins);
}

void CrossSpectra::Segment(size_t segment, size_t step, double* re, double* im) const {
  const RealFftPlan& plan = *a.plan;
  const bool same = a.x.data() == b.x.data();
  float* const first = bins;
  float* const second = same ? bins : bins + 2 * plan.bins();
  a.Spectrum(segment, first);
  if (!same) b.Spectrum(segment, second);
  for (size_t k = 0; k < plan.bins(); ++k) {
    const double a_re = static_cast<double>(first[2 * k]);
    const double a_im = static_cast<double>(first[2 * k + 1]);
    const double b_re = static_cast<double>(second[2 * k]);
    const double b_im = static_cast<double>(second[2 * k + 1]);
    const double factor = k == 0 || 2 * k == plan.size() ? scale : 2 * scale;
    re[k * step] = (a_re * b_re + a_im * b_im) * factor;
    im[k * step] = (a_re * b_im - a_im * b_re) * factor;
  }
}

// The room has one row of segments per bin and part when the median is asked for.
Status CrossSpectra::Average(const StopToken& stop, double* re, double* im) const {
  const size_t size = a.plan->bins(), count = a.count;
  const auto total = static_cast<double>(count);
  for (size_t k = 0; k < size; ++k) re[k] = im[k] = 0;
  for (size_t i = 0; i < count; ++i) {
    if (stop.raised()) return Status::Stopped();
    if (median) {
      Segment(i, count, room + i, room + size * count + i);
      continue;
    }
    Segment(i, 1, room, room + size);
    for (size_t k = 0; k < size; ++k) {
      re[k] += room[k] / total;
      im[k] += room[size + k] / total;
    }
  }
  for (size_t k = 0; median && k < size; ++k) {
    re[k] = Median(room + k * count, count) / MedianBias(count);
    im[k] = Median(room + (size + k) * count, count) / MedianBias(count);
  }
  return {};
}

}  // namespace moonlet::dsp
