#include "engine/tensor/doubles.h"

#include "engine/kernels/float_bits.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// Calls move(piece of a row, its offset in the matrix) for all of them.
template <typename Move>
Status ForRowPieces(const Tensor& t, const StopToken& stop, Move move) {
  if (t.size() == 0) return {};
  const Index n = t.dim(1);
  for (Index i = 0; i < t.dim(0); ++i) {
    const Tensor row = Select(t, 0, i);
    Status s = ForEachPiece(n, stop, [&](Index first, Index end) {
      move(Slice(row, 0, first, end - first, 1), i * n + first);
    });
    if (!s.ok()) return s;
  }
  return {};
}

}  // namespace

void LoadDoubles(const void* from, DType dtype, Index step, Index n, double* to) {
  LoadChunk(from, dtype, step, n, to);
}

void StoreDoubles(const double* from, DType dtype, Index step, Index n, void* to) {
  assert(IsFloat(dtype));
  if (dtype == DType::kFloat64) return StoreChunk(from, dtype, step, n, to);
  auto* y = static_cast<float*>(to);
  for (Index i = 0; i < n; ++i) y[i * step] = Flushed(static_cast<float>(from[i]));
}

Status LoadMatrix(const Tensor& t, const StopToken& stop, double* to) {
  return ForRowPieces(t, stop, [&](const Tensor& part, Index offset) {
    LoadDoubles(part.data, part.dtype, part.strides[0], part.dim(0), to + offset);
  });
}

Status StoreMatrix(const double* from, const Tensor& t, const StopToken& stop) {
  return ForRowPieces(t, stop, [&](const Tensor& part, Index offset) {
    StoreDoubles(from + offset, part.dtype, part.strides[0], part.dim(0), part.data);
  });
}

}  // namespace moonlet
