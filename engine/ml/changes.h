// engine/ml/changes.h - changes of a signal's mean as samples come in, and statistics of all that
// came.
//
// Montgomery, Introduction to Statistical Quality Control, 9.1 and 9.2; Page, "Continuous
// Inspection Schemes", 1954; Roberts, "Control Chart Tests Based on Geometric Moving Averages",
// 1959.
#pragma once
#include <cstdint>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// Mean and variance of numbers as they come: Welford, "Note on a Method for Calculating Corrected
// Sums of Squares and Products", 1962; two of them become one as Chan, Golub and LeVeque (1979) do.
struct RunningMoments {
  double count = 0, mean = 0, squares = 0;

  void Push(double x);
  void Merge(const RunningMoments& other);
  double Variance(double ddof) const { return squares / (count - ddof); }
};

// What a signal is like while nothing happens: given, or learnt from its first samples.
struct Baseline {
  double target = 0, deviation = 1;
  bool learn_target = false, learn_deviation = false;
  int64_t warmup = 0;
  RunningMoments seen;

  bool ready() const { return seen.count >= static_cast<double>(warmup); }
  void Learn(double x);
};

struct Detector {
  enum Scheme : uint8_t { kEwma, kCusum };

  Scheme scheme = kEwma;
  Baseline baseline;
  double alpha = 0.2;  // EWMA: the share of each sample
  double slack = 0.5;  // CUSUM: deviations from the target that do not count
  double limit = 3;    // deviations of what is watched before it alarms
  double value = 0;    // EWMA: the average; CUSUM: the larger of both sums
  double upper = 0;    // CUSUM: sums; EWMA: limits of the average
  double lower = 0;
  double left = 1;    // EWMA: (1 - alpha)^(2 samples)
  int64_t count = 0;  // samples since the start, or the last reset
  int side = 0;       // 1 above, -1 below, 0 no alarm

  // Whether it alarms. Requires a finite x.
  bool Push(double x);
  // As if nothing had been pushed, but for the baseline.
  void Reset();

 private:
  void PushEwma(double x);
  void PushCusum(double x);
};

}  // namespace moonlet::ml
