// dsp/dtw.h - dynamic time warping: how far apart two sequences are when their time may be
// stretched (Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word
// recognition, 1978).
#pragma once
#include <cstddef>
#include <span>

#include "engine/base/stop_token.h"

namespace moonlet::dsp {

struct Sequence {
  const float* data = nullptr;  // row-major {length, width}
  size_t length = 0;
  size_t width = 1;
};

// The least sum of Euclidean distances along a path from both first items to both last ones,
// by steps of one in either sequence or in both. |i - j| of no pair on it exceeds `band`, or the
// difference in length if that is more. In double. `row` holds b.length values. Requires equal
// widths and at least one item in each.
double DtwDistance(const Sequence& a, const Sequence& b, size_t band, double* row,
                   const StopToken& stop);

}  // namespace moonlet::dsp
