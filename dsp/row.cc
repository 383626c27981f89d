#include "dsp/row.h"

namespace moonlet::dsp {

Index LoadPiece(const Row& row, Index start, double (&piece)[kRowPiece]) {
  const Index n = std::min(kRowPiece, row.length - start);
  if (n <= 0 || row.stop->raised()) return 0;
  const auto offset = start * row.step * static_cast<Index>(SizeOf(row.dtype));
  LoadDoubles(static_cast<const char*>(row.data) + offset, row.dtype, row.step, n, piece);
  return n;
}

}  // namespace moonlet::dsp
