#include "dsp/waveform.h"

#include <cmath>
#include <limits>

namespace moonlet::dsp {
namespace {

double MeanOf(const Row& x) {
  double sum = 0;
  ForEach(x, [&](double v) { sum += v; });
  return sum / static_cast<double>(x.length);
}

// Central moments, divided by the number of samples.
struct Moments {
  double second = 0;
  double third = 0;
  double fourth = 0;
};
Moments MomentsOf(const Row& x) {
  const double mean = MeanOf(x);
  Moments m;
  ForEach(x, [&](double v) {
    const double square = (v - mean) * (v - mean);
    m.second += square;
    m.third += square * (v - mean);
    m.fourth += square * square;
  });
  const auto n = static_cast<double>(x.length);
  return {m.second / n, m.third / n, m.fourth / n};
}

// The variance of the `order`th differences.
double VarianceOfDifferences(const Row& x, int order) {
  double past[3] = {};
  const auto difference = [&](double v) {
    double d = v;
    for (int k = 0; k < order; ++k) {
      const double next = d - past[k];
      past[k] = d;
      d = next;
    }
    return d;
  };
  Index seen = 0;
  double sum = 0;
  ForEach(x, [&](double v) {
    const double d = difference(v);
    if (seen++ >= order) sum += d;
  });
  const auto n = static_cast<double>(x.length - order);
  const double mean = sum / n;
  seen = 0;
  sum = 0;
  for (double& p : past) p = 0;
  ForEach(x, [&](double v) {
    const double d = difference(v) - mean;
    if (seen++ >= order) sum += d * d;
  });
  return sum / n;
}

}  // namespace

double Rms(const Row& x) {
  double sum = 0;
  ForEach(x, [&](double v) { sum += v * v; });
  return std::sqrt(sum / static_cast<double>(x.length));
}

double CrestFactor(const Row& x) {
  double peak = 0;
  ForEach(x, [&](double v) {
    if (!(std::fabs(v) <= peak)) peak = std::fabs(v);
  });
  return peak / Rms(x);
}

double Kurtosis(const Row& x) {
  const Moments m = MomentsOf(x);
  return m.fourth / (m.second * m.second) - 3;
}

double Skewness(const Row& x) {
  const Moments m = MomentsOf(x);
  return m.third / (m.second * std::sqrt(m.second));
}

double PeakToPeak(const Row& x) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  bool nan = false;
  ForEach(x, [&](double v) {
    nan = nan || v != v;
    if (v < low) low = v;
    if (v > high) high = v;
  });
  return nan ? std::numeric_limits<double>::quiet_NaN() : high - low;
}

double ZeroCrossings(const Row& x) {
  bool first = true;
  bool negative = false;
  double count = 0;
  ForEach(x, [&](double v) {
    if (!first && std::signbit(v) != negative) ++count;
    negative = std::signbit(v);
    first = false;
  });
  return count;
}

HjorthParameters Hjorth(const Row& x) {
  const double activity = VarianceOfDifferences(x, 0);
  const double first = VarianceOfDifferences(x, 1);
  const double second = VarianceOfDifferences(x, 2);
  const double mobility = std::sqrt(first / activity);
  return {activity, mobility, std::sqrt(second / first) / mobility};
}

}  // namespace moonlet::dsp
