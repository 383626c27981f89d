// engine/tensor/print.h - a tensor as text, as NumPy prints one.
//
//   tensor float32 {2, 3}
//   [[ 1.  ,  0.25, -2.  ],
//    [ 0.5 ,  nan ,  4.  ]]
//
// Floats have the fewest digits that tell them apart, at most 8 behind the point, aligned
// at the point; all of them in scientific notation when one is 10^8 or more, below 10^-4,
// or 1,000 times another. Beyond 1,000 elements the first and last 3 of each axis show.
#pragma once
#include <cstddef>
#include <span>

#include "engine/tensor/tensor.h"

namespace moonlet {

// Writes the text to `out`, cut where it is full, and returns the length of the whole.
size_t Print(const Tensor& t, std::span<char> out) noexcept;

}  // namespace moonlet
