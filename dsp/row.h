// dsp/row.h - the numbers of one line of a tensor, whatever their dtype, taken in double.
#pragma once
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet::dsp {

struct Row {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  Index step = 1;  // in elements
  Index length = 0;
  const StopToken* stop = nullptr;
};

inline constexpr Index kRowPiece = 64;
// Writes the numbers from `first` on to `piece` and gives how many: kRowPiece, fewer at the end
// of the row, 0 behind it and once the token is raised.
Index LoadPiece(const Row& row, Index first, double* piece);

// Calls take(double) for each number in order. Ends early once the token is raised; what was
// computed is then worth nothing, and the caller sees the token too.
template <typename Take>
void ForEach(const Row& row, Take take) {
  double piece[kRowPiece];
  Index first = 0;
  while (const Index n = LoadPiece(row, first, piece)) {
    for (Index i = 0; i < n; ++i) take(piece[i]);
    first += n;
  }
}

}  // namespace moonlet::dsp
