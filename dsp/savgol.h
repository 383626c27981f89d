// dsp/savgol.h - smoothing and derivatives by polynomials fitted to a sliding window; A. Savitzky
// and M. J. E. Golay, 1964. In double.
#pragma once
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet::dsp {

inline constexpr int kMostSavgolOrder = 32;

// The weights with which the samples of a window give a derivative, at `position` (samples from
// the window's first, fractions too), of the polynomial of `order` nearest to them. Samples are
// 1 apart. kInvalid unless 0 <= order <= kMostSavgolOrder, order < weights.size(), and
// derivative >= 0; derivatives above the order are 0.
Status SavgolWeights(int order, int derivative, double position, std::span<double> weights);

// What stands for samples beyond the ends: the polynomials of the first and last window are
// continued, or as scipy.ndimage has it.
enum class SavgolMode : uint8_t { kInterp, kMirror, kNearest, kConstant, kWrap };
struct SavgolDesign {
  int order = 2;
  int derivative = 0;
  SavgolMode mode = SavgolMode::kInterp;
  double outside = 0;  // for kConstant
};
// The derivative of a row, smoothed; `weights` is scratch memory as long as the window. kInvalid
// as SavgolWeights, and with kInterp for a window longer than the row. Requires x and out of one
// length, apart, and a window of one sample or more.
Status SavgolFilter(const SavgolDesign& design, std::span<const double> x,
                    std::span<double> weights, std::span<double> out, const StopToken& stop);

}  // namespace moonlet::dsp
