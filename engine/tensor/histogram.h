// engine/tensor/histogram.h - how many elements lie between each edge and the next.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// From the least to the greatest element, as a histogram without edges has it: 0 to 1 for
// no elements, half a unit either way when all are equal. kInvalid unless both are finite.
Status HistogramRange(const Tensor& x, const StopToken& stop, double* low, double* high) noexcept;

// Evenly spaced values from low to high, both included. Requires `edges` {2 or more} of a
// float dtype; kInvalid when they are too many to differ in it.
Status FillEdges(double low, double high, const Tensor& edges, const StopToken& stop) noexcept;
// kInvalid unless `edges` {2 or more} are increasing; equal neighbours are allowed.
Status CheckEdges(const Tensor& edges, const StopToken& stop) noexcept;

// Element i of `counts`, int64, becomes the number of elements with edges[i] <= x <
// edges[i + 1], the last edge included. Others and NaN count nowhere. Requires `edges`
// row-major, of a float dtype and checked, and `counts` row-major, one shorter.
Status Histogram(const Tensor& x, const Tensor& edges, const Tensor& counts,
                 const StopToken& stop) noexcept;

}  // namespace moonlet
