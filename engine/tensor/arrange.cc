#include "engine/tensor/arrange.h"

#include <algorithm>

#include "engine/tensor/convert.h"
#include "engine/tensor/view.h"

namespace moonlet {

Status Roll(const Tensor& x, int axis, Index shift, const Tensor& out,
            const StopToken& stop) noexcept {
  const Index n = x.dim(axis);
  if (n == 0) return {};
  const Index first = (shift % n + n) % n;  // where element 0 goes
  const Status s =
      Convert(Slice(x, axis, 0, n - first, 1), Slice(out, axis, first, n - first, 1), stop);
  if (!s.ok() || first == 0) return s;
  return Convert(Slice(x, axis, n - first, first, 1), Slice(out, axis, 0, first, 1), stop);
}

Status Tile(const Tensor& x, const Tensor& out, const StopToken& stop) noexcept {
  if (out.size() == 0) return {};
  Tensor done = out;
  done.shape = x.shape;
  if (Status s = Convert(x, done, stop); !s.ok()) return s;
  // What is there is copied behind itself, twice as much each time.
  for (int axis = out.rank() - 1; axis >= 0; --axis) {
    while (done.dim(axis) < out.dim(axis)) {
      const Index filled = done.dim(axis);
      const Index more = std::min(filled, out.dim(axis) - filled);
      Tensor grown = done;
      grown.shape.dims[axis] = filled + more;
      Status s = Convert(Slice(grown, axis, 0, more, 1), Slice(grown, axis, filled, more, 1), stop);
      if (!s.ok()) return s;
      done = grown;
    }
  }
  return {};
}

Status RepeatEach(const Tensor& x, int axis, Index times, const Tensor& out,
                  const StopToken& stop) noexcept {
  if (out.size() == 0) return {};  // nothing, however often
  for (Index i = 0; i < times; ++i) {
    if (stop.raised()) return Status::Stopped();
    const Tensor places = Slice(out, axis, i, x.dim(axis), times);
    if (Status s = Convert(x, places, stop); !s.ok()) return s;
  }
  return {};
}

Tensor Diagonal(const Tensor& x, int axis1, int axis2) {
  Tensor t = x;
  int kept = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis == axis1 || axis == axis2) continue;
    t.shape.dims[kept] = x.dim(axis);
    t.strides[kept++] = x.strides[axis];
  }
  t.shape.dims[kept] = std::min(x.dim(axis1), x.dim(axis2));
  t.strides[kept] = x.strides[axis1] + x.strides[axis2];
  t.shape.rank = kept + 1;
  return t;
}

}  // namespace moonlet
