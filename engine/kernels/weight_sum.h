// engine/kernels/weight_sum.h - sums of int8: of weights, which preparing a filter is mostly made
// of, and of what a reduction adds.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

// The sum of `count` weights, `step` apart, wrapping.
int32_t WeightSum(const int8_t* weights, std::ptrdiff_t count, std::ptrdiff_t step);

}  // namespace moonlet
