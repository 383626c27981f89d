// dsp/row.h - the numbers of one line of a tensor, whatever their dtype, taken in double.
#pragma once
#include <algorithm>
#include <cmath>

#include "engine/base/stop_token.h"
#include "engine/tensor/doubles.h"

namespace moonlet::dsp {

struct Row {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  Index step = 1;  // in elements
  Index length = 0;
  const StopToken* stop = nullptr;
};

// Calls take(double) for each number in order. Ends early once the token is raised; what was
// computed is then worth nothing, and the caller sees the token too.
template <typename Take>
void ForEach(const Row& row, Take take) {
  constexpr Index kPiece = 64;
  double piece[kPiece];
  for (Index i = 0; i < row.length && !row.stop->raised(); i += kPiece) {
    const Index n = std::min(kPiece, row.length - i);
    const auto offset = i * row.step * static_cast<Index>(SizeOf(row.dtype));
    LoadDoubles(static_cast<const char*>(row.data) + offset, row.dtype, row.step, n, piece);
    for (Index j = 0; j < n; ++j) take(piece[j]);
  }
}

}  // namespace moonlet::dsp
