#include "engine/ml/changes.h"

#include <algorithm>
#include <cmath>

namespace moonlet::ml {

void RunningMoments::Push(double x) {
  count += 1;
  const double d = x - mean;
  mean += d / count;
  squares += d * (x - mean);
}

void RunningMoments::Merge(const RunningMoments& other) {
  if (other.count == 0) return;
  const double total = count + other.count;
  const double d = other.mean - mean;
  squares += other.squares + d * d * count * other.count / total;
  mean += d * other.count / total;
  count = total;
}

void Baseline::Learn(double x) {
  seen.Push(x);
  if (learn_target) target = seen.mean;
  if (learn_deviation) deviation = seen.count > 1 ? std::sqrt(seen.Variance(1)) : 0;
}

bool Detector::Push(double x) {
  if (!baseline.ready()) {
    baseline.Learn(x);
    Reset();
    return false;
  }
  ++count;
  scheme == kEwma ? PushEwma(x) : PushCusum(x);
  return side != 0;
}

void Detector::Reset() {
  value = scheme == kEwma ? baseline.target : 0;
  upper = lower = value;
  left = 1;
  count = 0;
  side = 0;
}

void Detector::PushEwma(double x) {
  value += alpha * (x - value);
  left *= (1 - alpha) * (1 - alpha);
  const double reach = limit * baseline.deviation * std::sqrt(alpha / (2 - alpha) * (1 - left));
  upper = baseline.target + reach;
  lower = baseline.target - reach;
  side = value > upper ? 1 : value < lower ? -1 : 0;
}

void Detector::PushCusum(double x) {
  const double d = x - baseline.target, slackness = slack * baseline.deviation;
  upper = std::max(0.0, upper + d - slackness);
  lower = std::max(0.0, lower - d - slackness);
  value = std::max(upper, lower);
  side = value > limit * baseline.deviation ? (upper >= lower ? 1 : -1) : 0;
}

}  // namespace moonlet::ml
