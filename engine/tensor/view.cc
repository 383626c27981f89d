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

Tensor Permute(const Tensor& t, const int* order) {
  Tensor view = t;
  for (int i = 0; i < t.rank(); ++i) {
    view.shape.dims[i] = t.dim(order[i]);
    view.strides[i] = t.strides[order[i]];
  }
  return view;
}

Tensor Squeeze(const Tensor& t, int axis) {
  assert(t.dim(axis) == 1);
  return Select(t, axis, 0);
}

Tensor Unsqueeze(const Tensor& t, int axis) {
  assert(t.rank() < kMaxRank);
  Tensor view = t;
  ++view.shape.rank;
  std::copy_backward(t.shape.dims + axis, t.shape.dims + t.rank(),
                     view.shape.dims + view.shape.rank);
  std::copy_backward(t.strides + axis, t.strides + t.rank(), view.strides + view.shape.rank);
  view.shape.dims[axis] = 1;
  view.strides[axis] = 1;
  return view;
}

// Old and new axes are taken in groups of equal size. A group of old axes must lie one
// behind the other in memory; its new axes then divide it.
bool ReshapeView(const Tensor& t, const Shape& shape, Tensor* view) {
  assert(shape.size() == t.size());
  *view = RowMajor(t.data, t.dtype, shape);
  if (t.size() == 0) return true;
  int from = 0;
  int to = 0;
  while (from < t.rank() && to < shape.rank) {
    const int first_from = from;
    const int first_to = to;
    Index old_size = t.dim(from++);
    Index new_size = shape.dims[to++];
    while (old_size != new_size) {
      if (old_size < new_size) {
        old_size *= t.dim(from++);
      } else {
        new_size *= shape.dims[to++];
      }
    }
    Index stride = 1;
    bool started = false;
    Index expected = 0;
    for (int i = from - 1; i >= first_from; --i) {
      if (t.dim(i) == 1) continue;
      if (!started) stride = t.strides[i];
      if (started && t.strides[i] != expected) return false;
      started = true;
      expected = t.strides[i] * t.dim(i);
    }
    for (int i = to - 1; i >= first_to; --i) {
      view->strides[i] = stride;
      stride *= shape.dims[i];
    }
  }
  return true;  // what is left on either side has length 1
}

}  // namespace moonlet
