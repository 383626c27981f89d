#include "dsp/row.h"

#include <algorithm>

#include "engine/tensor/doubles.h"

namespace moonlet::dsp {

Index LoadPiece(const Row& row, Index first, double* piece) {
  if (row.stop->raised()) return 0;
  const Index n = std::min(kRowPiece, row.length - first);
  const Index offset = first * row.step * static_cast<Index>(SizeOf(row.dtype));
  LoadDoubles(static_cast<const char*>(row.data) + offset, row.dtype, row.step, n, piece);
  return n;
}

}  // namespace moonlet::dsp
