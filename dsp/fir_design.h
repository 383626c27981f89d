// dsp/fir_design.h - linear-phase FIR filters by windows and by least squares; after
// scipy.signal firwin, firwin2, firls, kaiser_beta, kaiserord. In double.
//
// Frequencies are fractions of half the sample rate, 0 to 1.
#pragma once
#include <span>

#include "dsp/window.h"
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// The shape of a Kaiser window, and the attenuation in dB that `taps` give a filter whose
// transition is `width` wide; J. F. Kaiser, 1974.
double KaiserBeta(double attenuation);
double KaiserAttenuation(int64_t taps, double width);
// Taps for an attenuation, at least 8 dB, and a width.
double KaiserTaps(double attenuation, double width);

struct WindowedDesign {
  std::span<const double> cutoffs;  // ascending, between 0 and 1
  bool pass_zero = true;            // the first band passes; then they alternate
  bool scale = true;                // 1 in the middle of the first pass band (or at its end)
  WindowSpec window = {WindowKind::kHamming, {}};
};
// The windowed ideal response. kInvalid for cutoffs as above they are not, for no taps, and for
// an even number of taps that shall pass half the sample rate.
Status DesignFirwin(const WindowedDesign& design, std::span<double> taps,
                    const StopToken& stop) noexcept;

struct SampledDesign {
  std::span<double> frequencies;  // from 0 to 1, not descending; twice the same is a jump.
                                  // Those are moved apart by one rounding.
  std::span<const double> gains;  // at each frequency, straight lines between
  int64_t points = 0;             // of the grid, more than taps; 0: 1 + a power of two
  bool antisymmetric = false;
  WindowSpec window = {WindowKind::kHamming, {}};
};
// The inverse transform of a polygon, windowed. `desired` has room for SampledPoints values.
int64_t SampledPoints(const SampledDesign& design, size_t taps);
Status DesignFirwin2(const SampledDesign& design, std::span<double> taps, std::span<double> desired,
                     const StopToken& stop) noexcept;

struct LeastSquaresDesign {
  std::span<const double> bands;    // pairs of edges, ascending, apart
  std::span<const double> desired;  // at each edge, straight lines between
  std::span<const double> weights;  // one for each band, or empty: all 1
};
// The least squared error over the bands. kInvalid for bands or weights as above they are not,
// and for an even number of taps. Scratch memory for a matrix of half the taps squared comes
// from `memory`.
Status DesignFirls(const LeastSquaresDesign& design, std::span<double> taps, Allocator& memory,
                   const StopToken& stop) noexcept;

}  // namespace moonlet::dsp
