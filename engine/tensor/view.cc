#include "engine/tensor/view.h"

#include <algorithm>

namespace moonlet {
namespace {

void Advance(Tensor* t, Index elements) {
  t->data = static_cast<uint8_t*>(t->data) + elements * static_cast<Index>(SizeOf(t->dtype));
}

}  // namespace

Tensor Select(const Tensor& t, int axis, Index position) {
  assert(position >= 0 && position < t.dim(axis));
  Tensor view = t;
  if (t.size() != 0) Advance(&view, position * t.strides[axis]);
  --view.shape.rank;
  std::copy(t.shape.dims + axis + 1, t.shape.dims + t.rank(), view.shape.dims + axis);
  std::copy(t.strides + axis + 1, t.strides + t.rank(), view.strides + axis);
  return view;
}

Tensor Slice(const Tensor& t, int axis, Index first, Index count, Index step) {
  Tensor view = t;
  view.shape.dims[axis] = count;
  if (view.size() == 0) return view;
  Advance(&view, first * t.strides[axis]);
  view.strides[axis] *= step;
  return view;
}

}  // namespace moonlet
