// engine/tensor/quantile.h - the element of a sorted row below which a part of it lies.
//
// As NumPy: q * (n - 1) tells the place; between two elements the method decides.
// Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996 (linear: their 7th).
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

enum class QuantileMethod : uint8_t { kLinear, kLower, kHigher, kMidpoint, kNearest };

// `sorted` is ascending along its last axis, NaN last (engine/tensor/sort.h); a row with NaN
// gives NaN. kInvalid when rows are empty. Requires 0 <= q <= 1 and `out` of FloatResult and
// the shape without the last axis. Computed in double and rounded once.
Status Quantile(const Tensor& sorted, double q, QuantileMethod method, const Tensor& out,
                const StopToken& stop) noexcept;

}  // namespace moonlet
