#include "dsp/peaks.h"

#include <algorithm>
#include <cmath>

namespace moonlet::dsp {
namespace {

template <typename Take>
void ForEachMaximum(std::span<const float> x, Take take) {
  for (size_t i = 1; i + 1 < x.size(); ++i) {
    if (!(x[i - 1] < x[i])) continue;
    size_t ahead = i + 1;
    while (ahead + 1 < x.size() && x[ahead] == x[i]) ++ahead;
    if (x[ahead] < x[i]) {
      take(i, ahead - 1);
      i = ahead - 1;
    }
  }
}

// Moves the peaks for which keep(peak) holds to the front.
template <typename Keep>
size_t KeepIf(std::span<Peak> peaks, Keep keep) {
  size_t kept = 0;
  for (Peak& peak : peaks)
    if (keep(peak)) peaks[kept++] = peak;
  return kept;
}

// The lowest point from a peak on, in steps of `step`, as far as `end` and no sample is higher.
int32_t BaseOf(std::span<const float> x, int32_t at, int32_t end, int32_t step) {
  int32_t base = at;
  for (int32_t i = at; x[i] <= x[at]; i += step) {
    if (x[i] < x[base]) base = i;
    if (i == end) break;
  }
  return base;
}

double Prominence(std::span<const float> x, Peak& peak, size_t window) {
  const auto last = static_cast<int32_t>(x.size()) - 1;
  const auto reach = static_cast<int32_t>(std::min(window / 2, x.size()));
  const int32_t low = window < 2 ? 0 : std::max<int32_t>(peak.at - reach, 0);
  const int32_t high = window < 2 ? last : std::min(last - peak.at, reach) + peak.at;
  peak.left_base = BaseOf(x, peak.at, low, -1);
  peak.right_base = BaseOf(x, peak.at, high, 1);
  const float base = std::max(x[peak.left_base], x[peak.right_base]);
  const double prominence = static_cast<double>(x[peak.at]) - static_cast<double>(base);
  peak.prominence = static_cast<float>(prominence);
  return prominence;
}

// Where the signal falls through `height`, from the peak to `end` in steps of `step`.
double Crossing(std::span<const float> x, int32_t at, int32_t end, int32_t step, double height) {
  int32_t i = at;
  while (i != end && height < static_cast<double>(x[i])) i += step;
  const auto here = static_cast<double>(x[i]);
  if (!(here < height)) return i;
  const auto inner = static_cast<double>(x[i - step]);
  return i - step * ((height - here) / (inner - here));
}

double Width(std::span<const float> x, Peak& peak, double part) {
  const auto top = static_cast<double>(x[peak.at]);
  const auto base = static_cast<double>(std::max(x[peak.left_base], x[peak.right_base]));
  const double height = top - (top - base) * part;
  const double left = Crossing(x, peak.at, peak.left_base, -1, height);
  const double right = Crossing(x, peak.at, peak.right_base, 1, height);
  peak.width = static_cast<float>(right - left);
  peak.width_height = static_cast<float>(height);
  peak.left_crossing = static_cast<float>(left);
  peak.right_crossing = static_cast<float>(right);
  return right - left;
}

}  // namespace

size_t CountMaxima(std::span<const float> x) {
  size_t count = 0;
  ForEachMaximum(x, [&](size_t, size_t) { ++count; });
  return count;
}

void FindMaxima(std::span<const float> x, Peak* peaks) {
  ForEachMaximum(x, [&](size_t first, size_t last) {
    *peaks = {};
    peaks->at = static_cast<int32_t>(first + (last - first) / 2);
    peaks->first = static_cast<int32_t>(first);
    peaks->last = static_cast<int32_t>(last);
    ++peaks;
  });
}

size_t KeepFlat(std::span<Peak> peaks, Interval samples) {
  return KeepIf(peaks, [&](Peak& p) {
    p.samples = p.last - p.first + 1;
    return samples.Holds(p.samples);
  });
}

size_t KeepHigh(std::span<const float> x, std::span<Peak> peaks, Interval height) {
  return KeepIf(peaks, [&](Peak& p) {
    p.height = x[p.at];
    return height.Holds(static_cast<double>(p.height));
  });
}

size_t KeepSteep(std::span<const float> x, std::span<Peak> peaks, Interval fall) {
  return KeepIf(peaks, [&](Peak& p) {
    const auto top = static_cast<double>(x[p.at]);
    const double left = top - static_cast<double>(x[p.at - 1]);
    const double right = top - static_cast<double>(x[p.at + 1]);
    p.left_fall = static_cast<float>(left);
    p.right_fall = static_cast<float>(right);
    return std::min(left, right) >= fall.least && std::max(left, right) <= fall.most;
  });
}

size_t KeepDistant(std::span<const float> x, std::span<Peak> peaks, double distance,
                   const StopToken& stop) {
  for (size_t i = 0; i < peaks.size(); ++i) peaks[i].order = static_cast<int32_t>(i);
  // Order i tells which peak comes i-th, counted from the lowest.
  const auto lower = [&](int32_t a, int32_t b) {
    const float xa = x[peaks[a].at], xb = x[peaks[b].at];
    return xa < xb || (xa == xb && a < b);
  };
  // A heap over the `order` fields, which std::sort cannot reach.
  const auto sink = [&](size_t i, size_t n) {
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
      if (child + 1 < n && lower(peaks[child].order, peaks[child + 1].order)) ++child;
      if (!lower(peaks[i].order, peaks[child].order)) return;
      std::swap(peaks[i].order, peaks[child].order);
    }
  };
  const auto n = peaks.size();
  for (size_t i = n / 2; i-- > 0;) sink(i, n);
  // The widths serve as marks until KeepWide sets them.
  constexpr float kGone = -1;
  for (size_t left = n; left > 0 && !stop.raised(); --left) {
    const int32_t highest = peaks[0].order;
    std::swap(peaks[0].order, peaks[left - 1].order);
    sink(0, left - 1);
    if (peaks[highest].width == kGone) continue;
    const int32_t at = peaks[highest].at;
    for (auto i = highest; i-- > 0 && at - peaks[i].at < distance;) peaks[i].width = kGone;
    for (size_t i = highest + size_t{1}; i < n && peaks[i].at - at < distance; ++i)
      peaks[i].width = kGone;
  }
  return KeepIf(peaks, [](const Peak& p) { return p.width != kGone; });
}

size_t KeepProminent(std::span<const float> x, std::span<Peak> peaks, Interval prominence,
                     size_t window, const StopToken& stop) {
  return KeepIf(
      peaks, [&](Peak& p) { return !stop.raised() && prominence.Holds(Prominence(x, p, window)); });
}

size_t KeepWide(std::span<const float> x, std::span<Peak> peaks, Interval width, double part,
                const StopToken& stop) {
  return KeepIf(peaks, [&](Peak& p) { return !stop.raised() && width.Holds(Width(x, p, part)); });
}

}  // namespace moonlet::dsp
