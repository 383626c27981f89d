// dsp/response.h - what a digital filter does to each frequency, and the state in which it rests.
#pragma once
#include <span>

#include "dsp/zpk.h"

namespace moonlet::dsp {

// A filter as polynomials b / a in z^-1 (not empty), or as sections when there are some.
struct FilterView {
  std::span<const double> b, a;
  std::span<const Section> sections;
};

// At an angle: pi is half the sample rate. Infinite or NaN at a pole.
Complex ResponseAt(const FilterView& filter, double angle);
// In samples: minus the slope of the phase. 0 where a zero or a pole lies on the unit circle,
// which has none.
double GroupDelayAt(const FilterView& filter, double angle);

// The state of transposed form II after endless ones, which makes a filter start without a
// step: zi.size() == max(b.size(), a.size()) - 1. kInvalid when a[0] is 0 or a pole is at 1.
Status SteadyState(std::span<const double> b, std::span<const double> a, std::span<double> zi);
// Of a cascade, two for each section.
Status SteadyState(std::span<const Section> sections, std::span<double> zi);

}  // namespace moonlet::dsp
