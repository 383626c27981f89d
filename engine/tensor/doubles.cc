#include "engine/tensor/doubles.h"

#include "engine/kernels/float_bits.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/view.h"

namespace moonlet {

void LoadDoubles(const void* from, DType dtype, Index step, Index n, double* to) {
  LoadChunk(from, dtype, step, n, to);
}

void StoreDoubles(const double* from, DType dtype, Index step, Index n, void* to) {
  assert(IsFloat(dtype));
  if (dtype == DType::kFloat64) return StoreChunk(from, dtype, step, n, to);
  auto* y = static_cast<float*>(to);
  for (Index i = 0; i < n; ++i) y[i * step] = Flushed(static_cast<float>(from[i]));
}

void LoadMatrix(const Tensor& t, double* to) {
  if (t.size() == 0) return;
  for (Index i = 0; i < t.dim(0); ++i)
    LoadDoubles(Select(t, 0, i).data, t.dtype, t.strides[1], t.dim(1), to + i * t.dim(1));
}

void StoreMatrix(const double* from, const Tensor& t) {
  if (t.size() == 0) return;
  for (Index i = 0; i < t.dim(0); ++i)
    StoreDoubles(from + i * t.dim(1), t.dtype, t.strides[1], t.dim(1), Select(t, 0, i).data);
}

}  // namespace moonlet
