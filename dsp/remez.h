// dsp/remez.h - linear-phase FIR filters with the least largest error (equal ripples), by the
// exchange algorithm of Remez after T. W. Parks and J. H. McClellan, 1972, on the frequency grid
// of scipy.signal.remez. In double.
#pragma once
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// More than designs settle with: longer products of distances leave a double's range.
inline constexpr int kMostRemezTaps = 2048;

enum class RemezType : uint8_t {
  kBandpass,        // symmetric taps, a gain for each band
  kDifferentiator,  // antisymmetric, a gain times the frequency (of the sample rate)
  kHilbert,         // antisymmetric, a gain for each band
};

struct RemezDesign {
  std::span<const double> bands;    // pairs of edges as fractions of the sample rate, ascending
  std::span<const double> desired;  // one for each band
  std::span<const double> weights;  // one for each band, or empty: all 1
  RemezType type = RemezType::kBandpass;
  int grid_density = 16;  // points of the grid for each coefficient
  int most_turns = 25;
};

// kInvalid for bands or weights as above they are not, for bands too narrow to hold as many
// points as the filter has coefficients, and when the exchange does not settle in most_turns.
// Scratch memory for the grid comes from `memory`.
Status DesignRemez(const RemezDesign& design, std::span<double> taps, Allocator& memory,
                   const StopToken& stop) noexcept;

}  // namespace moonlet::dsp
