// dsp/peaks.h - maxima of a signal, and what tells one from another: scipy.signal.find_peaks.
//
//   const size_t count = CountMaxima(x);
//   FindMaxima(x, peaks);                          // room for that many
//   count = KeepHigh(x, peaks, {0.5, 2}); ...      // each keeps some, in their order
//
// Positions count from 0.
#pragma once
#include <cstdint>
#include <limits>
#include <span>

#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// Least and most, both included.
struct Interval {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool Holds(double v) const { return v >= least && v <= most; }
};

struct Peak {
  int32_t at;     // of a flat one, its middle, rounded down
  int32_t first;  // where a flat one starts and ends
  int32_t last;
  int32_t order;    // KeepDistant's own
  int32_t samples;  // of a flat one
  float height;
  float left_fall;  // to its neighbours
  float right_fall;
  float prominence;
  int32_t left_base;
  int32_t right_base;
  float width;
  float width_height;
  float left_crossing;  // between samples
  float right_crossing;
};

// Samples, or runs of equal ones, above both their neighbours. The ends of the signal are none.
size_t CountMaxima(std::span<const float> x);
void FindMaxima(std::span<const float> x, Peak* peaks);

// Each keeps the peaks whose value lies in the interval, sets the fields it measures, and gives
// how many are left.
size_t KeepFlat(std::span<Peak> peaks, Interval samples);
size_t KeepHigh(std::span<const float> x, std::span<Peak> peaks, Interval height);
// The smaller fall to a neighbour is `fall.least` at least, the larger one `fall.most` at most.
size_t KeepSteep(std::span<const float> x, std::span<Peak> peaks, Interval fall);
// Removes peaks nearer than `distance` samples to a higher one, from the highest down; of equal
// ones the later stays.
size_t KeepDistant(std::span<const float> x, std::span<Peak> peaks, double distance,
                   const StopToken& stop);
// How far a peak rises above the higher one of the lowest points to its left and right, as far
// as no sample is higher and `window` samples reach (0: all).
size_t KeepProminent(std::span<const float> x, std::span<Peak> peaks, Interval prominence,
                     size_t window, const StopToken& stop);
// The width at `part` of the prominence below the peak, with crossings interpolated. Requires
// that prominences are set.
size_t KeepWide(std::span<const float> x, std::span<Peak> peaks, Interval width, double part,
                const StopToken& stop);

}  // namespace moonlet::dsp
