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

// Loads the numbers from `start` on, as many as fit, and gives how many: 0 at the end, or once the
// token is raised.
inline constexpr Index kRowPiece = 64;
Index LoadPiece(const Row& row, Index start, double (&piece)[kRowPiece]);

// Calls take(double) for each number in order. Ends early once the token is raised; what was
// computed is then worth nothing, and the caller sees the token too.
template <typename Take>
void ForEach(const Row& row, Take take) {
  double piece[kRowPiece];
  Index i = 0;
  while (const Index n = LoadPiece(row, i, piece)) {
    for (Index j = 0; j < n; ++j) take(piece[j]);
    i += n;
  }
}

}  // namespace moonlet::dsp
